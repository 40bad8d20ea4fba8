/** Pauses after failures: of a source, which has an upstream to spare, and of a shard's publisher, which consumers wait for. */
export const sourceBackOff = { baseMs: 1_000, capMs: 300_000 } as const;
export const publisherBackOff = { baseMs: 100, capMs: 30_000 } as const;

/** What the schedule needs to know of a source; times are milliseconds on one monotonic clock. */
export interface Scheduled {
  state: "running" | "paused" | "halted";
  /** Infinity when the source is never polled. */
  pollDueAtMs: number;
  sweepDueAtMs: number;
  /** Infinity when the source never looks back. */
  lookBackDueAtMs: number;
  /** When accounts in approved holds are to be looked up; Infinity when there is none, or not before the next sweep. */
  holdDueAtMs: number;
  /** When accounts of items in quarantine are to be looked up, as a person has asked; Infinity when there is none. */
  redriveDueAtMs: number;
  /** When a snapshot or a backfill that a person has asked for goes on; Infinity when there is none. */
  replayDueAtMs: number;
  /** A source that is polled is swept, and looks back, only after a first poll has reached its end: before that there is nothing to compare with. */
  canSweep: boolean;
  /** What the source did last; null when it has done nothing yet. */
  lastTurn: Turn | null;
}

/**
 * One turn of a source's lane: a whole poll, or a sweep, a look-back, the carrying out of approved holds, a redrive, or of a snapshot or a
 * backfill (`replay`), until a poll is due. What a person asks for ends any of them after its page.
 */
export type Turn = "poll" | "sweep" | "look-back" | "hold" | "redrive" | "replay";

/** Where the schedule has when each of them is due. */
export const dueMember = {
  poll: "pollDueAtMs",
  sweep: "sweepDueAtMs",
  "look-back": "lookBackDueAtMs",
  hold: "holdDueAtMs",
  redrive: "redriveDueAtMs",
  replay: "replayDueAtMs",
} as const satisfies Record<Turn, keyof Scheduled>;

/**
 * Whose turn it is in a source's lane now, or null when nothing is due. Polls come first; a sweep or a look-back that is under way gives way at
 * its next page; but after a poll what waits always gets its turn, so that polls which take longer than their interval cannot
 * starve it.
 */
export function nextTurn(source: Scheduled, nowMs: number): Turn | null {
  if (source.state !== "running") return null;
  const pollIsDue = source.pollDueAtMs <= nowMs;
  const waiting = waitingTurn(source, nowMs);
  if (waiting !== null && (source.lastTurn === "poll" || !pollIsDue)) return waiting;
  return pollIsDue ? "poll" : null;
}

/** What a person has asked for, what is soon carried out first; of sweep and look-back the one that has been due for longer. */
function waitingTurn(source: Scheduled, nowMs: number): Turn | null {
  if (source.holdDueAtMs <= nowMs) return "hold";
  if (source.redriveDueAtMs <= nowMs) return "redrive";
  // Sweeps that are all that its live feed has come in between.
  const sweepIsFirst = source.lastTurn === "replay" && feedDueAt(source) <= nowMs;
  if (source.replayDueAtMs <= nowMs && !sweepIsFirst) return "replay";
  const { sweepDueAtMs, lookBackDueAtMs } = source;
  if (!source.canSweep || Math.min(sweepDueAtMs, lookBackDueAtMs) > nowMs) return null;
  return lookBackDueAtMs < sweepDueAtMs ? "look-back" : "sweep";
}

/** When the source's live feed goes on: its next poll, of a source that is never polled its next sweep. */
export function feedDueAt({ pollDueAtMs, sweepDueAtMs, canSweep }: Scheduled): number {
  const isPolled = Number.isFinite(pollDueAtMs);
  return isPolled || !canSweep ? pollDueAtMs : sweepDueAtMs;
}

/** When the lane has something to do next; Infinity when it is not running. */
export function nextDueAt(source: Scheduled): number {
  if (source.state !== "running") return Number.POSITIVE_INFINITY;
  const dueAtMs = Math.min(
    source.pollDueAtMs,
    source.holdDueAtMs,
    source.redriveDueAtMs,
    source.replayDueAtMs,
  );
  return source.canSweep ? Math.min(dueAtMs, source.sweepDueAtMs, source.lookBackDueAtMs) : dueAtMs;
}

/**
 * Milliseconds from the end of a pass to the start of the next: the interval is kept from start to start, a pass that
 * took longer is followed by the next at once, and up to 5 % of jitter keeps sources from marching in step.
 */
export function pauseAfter(everyMs: number, tookMs: number, fraction: number): number {
  return Math.round(Math.max(0, everyMs * (1 + 0.05 * (fraction - 0.5)) - tookMs));
}
