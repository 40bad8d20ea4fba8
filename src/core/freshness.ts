/** What there is to know about how a source is; ages and spans are milliseconds. */
export interface FreshnessFacts {
  state: "running" | "paused" | "halted";
  /** A worker owns its shard. */
  hasOwner: boolean;
  /** Between its polls; between its sweeps where it has no polls. */
  intervalMs: number;
  /** For how long its next pass, or the one under way, has been due: what its back-off and its windows keep back is not. */
  overdueMs: number;
  /** Since a pass of it last committed, heard of the upstream, or ended well; null: never. */
  advancedAgeMs: number | null;
  /** Since its last event; null: never. */
  lastChangeAgeMs: number | null;
  /** How long the oldest event of its shard has waited for Kafka; null when none waits. */
  oldestUnpublishedAgeMs: number | null;
  /** A first pass has reached its end. */
  isLoaded: boolean;
  /** Failures in a row, and the code of the last one. */
  failures: number;
  lastErrorCode: string | null;
  /** What keeps it back is the trouble of another source of its group. */
  waitsForGroup: boolean;
  /** Changes that wait for a person. */
  waiting: number;
}

/**
 * The words for how a source is, what needs a person first; of those that apply it is the first:
 *
 * - `halted`: it waits for a person, who has to remove the cause and resume it.
 * - `stuck`: nobody owns its shard; or it has been due for longer than three intervals, at least 5 minutes, and nothing of it has advanced for as long.
 * - `failing`: its last pass failed, and it tries again by itself; or it waits as long as it would be stuck for, because another source of its group does.
 * - `held`: changes of it wait for a person; all others are published.
 * - `throttled`: its last pass ended because the upstream asked to slow down.
 * - `catching-up`: it is read for the first time; or a pass has been due for longer than an interval, at least 10 s, and advances; or events of it have
 *   waited for Kafka for longer than 10 s.
 * - `paused`: a person has paused it.
 * - `current`: it is up to date, and has changed within the last hour, or within the last three intervals.
 * - `idle`: it is up to date, and has not changed for longer.
 */
export const freshnessWords = [
  "halted",
  "stuck",
  "failing",
  "held",
  "throttled",
  "catching-up",
  "paused",
  "current",
  "idle",
] as const;

/** How a source is, in one word. */
export type Freshness = (typeof freshnessWords)[number];

const hourMs = 3_600_000;
/** Less is no delay: a pass takes a while, and so does a transaction of Kafka. */
const lateAfterMs = 10_000;
const stuckAfterAtLeastMs = 300_000;
/** The clocks of journal and source are read one after the other. */
const readingSlackMs = 1_000;

const applies: Record<Freshness, (facts: FreshnessFacts) => boolean> = {
  halted: ({ state }) => state === "halted",
  stuck: (facts) => isRunning(facts) && (!facts.hasOwner || (isSilent(facts) && !facts.waitsForGroup)),
  failing: (facts) => isRunning(facts) && ((facts.failures > 0 && !isThrottled(facts)) || isSilent(facts)),
  held: (facts) => isRunning(facts) && facts.waiting > 0,
  throttled: (facts) => isRunning(facts) && facts.failures > 0,
  "catching-up": (facts) => isRunning(facts) && (!facts.isLoaded || isLate(facts) || waitsForKafka(facts)),
  paused: ({ state }) => state === "paused",
  current: ({ lastChangeAgeMs, intervalMs }) =>
    lastChangeAgeMs !== null && lastChangeAgeMs <= Math.max(hourMs, 3 * intervalMs),
  idle: () => true,
};

/** How a source is, in one word. */
export function freshnessOf(facts: FreshnessFacts): Freshness {
  return freshnessWords.find((word) => applies[word](facts)) ?? "idle";
}

function isRunning({ state }: FreshnessFacts): boolean {
  return state === "running";
}

function isThrottled({ lastErrorCode }: FreshnessFacts): boolean {
  return lastErrorCode === "TIDEMARK_UPSTREAM_THROTTLED";
}

/** What should have been done long ago neither is done nor gets on. */
function isSilent({ intervalMs, overdueMs, advancedAgeMs }: FreshnessFacts): boolean {
  const limitMs = Math.max(3 * intervalMs, stuckAfterAtLeastMs);
  return overdueMs > limitMs && (advancedAgeMs === null || advancedAgeMs > limitMs);
}

/** A pass takes longer than its interval, and gets on. */
function isLate({ intervalMs, overdueMs, advancedAgeMs }: FreshnessFacts): boolean {
  const isOverdue = overdueMs > Math.max(intervalMs, lateAfterMs);
  return isOverdue && advancedAgeMs !== null && advancedAgeMs < overdueMs;
}

/** A shard is published in order: the source's last event is among those that wait when it is not older than the oldest of them. */
function waitsForKafka({ lastChangeAgeMs, oldestUnpublishedAgeMs: oldestMs }: FreshnessFacts): boolean {
  if (lastChangeAgeMs === null || oldestMs === null || oldestMs <= lateAfterMs) return false;
  return lastChangeAgeMs <= oldestMs + readingSlackMs;
}
