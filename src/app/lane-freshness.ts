import { type Freshness, freshnessOf } from "../core/freshness.ts";
import { overdueMs } from "../core/overdue.ts";
import type { Clock } from "../ports/clock.ts";
import type { Lane } from "./lane.ts";

/** How a source is in one word, as its owner knows it: of answers that changed nothing, and of an open circuit, the database knows nothing. */
export function laneFreshness(lane: Lane, clock: Clock): Freshness {
  const { source, shard, pass } = lane;
  const monotonicMs = clock.monotonicMs();
  const nowMs = clock.now();
  const age = (atMs: number | null) => (atMs === null ? null : nowMs - atMs);
  const ages = [lane.lastSuccessAtMs, lane.cursorMovedAtMs, lane.lastChangeAtMs]
    .map(age)
    .concat(pass?.watched.silentForMs() ?? null)
    .filter((ageMs) => ageMs !== null);
  const due = {
    pollDueInMs: source.everyMs === null ? null : lane.pollDueAtMs - monotonicMs,
    sweepDueInMs: lane.sweepDueAtMs - monotonicMs,
    windows: source.windows,
  };
  return freshnessOf({
    state: source.state,
    hasOwner: true,
    intervalMs: source.everyMs ?? source.sweepEveryMs,
    overdueMs: overdueMs(due, nowMs),
    advancedAgeMs: ages.length === 0 ? null : Math.min(...ages),
    lastChangeAgeMs: age(lane.lastChangeAtMs),
    oldestUnpublishedAgeMs: shard.journal.depth() > 0 ? shard.journal.ageMs() : null,
    isLoaded: source.isLoaded,
    failures: source.failures,
    lastErrorCode: source.lastErrorCode,
    waitsForGroup: lane.circuit?.isOpen ?? false,
    waiting: source.waiting,
  });
}
