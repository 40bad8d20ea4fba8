/** Pauses after failures: of a source, which has an upstream to spare, and of a shard's publisher, which consumers wait for. */
export const sourceBackOff = { baseMs: 1_000, capMs: 300_000 } as const;
export const publisherBackOff = { baseMs: 100, capMs: 30_000 } as const;

/** What the schedule needs to know of a source; times are milliseconds on one monotonic clock. */
export interface Scheduled {
  state: "running" | "paused" | "halted";
  /** Infinity when the source is never polled. */
  pollDueAtMs: number;
  sweepDueAtMs: number;
  /** When accounts in approved holds are to be looked up; Infinity when there is none, or not before the next sweep. */
  holdDueAtMs: number;
  /** A source that is polled is swept only after a first poll has reached its end: before that there is nothing to sweep. */
  canSweep: boolean;
  /** What the source did last; null when it has done nothing yet. */
  lastTurn: Turn | null;
}

/** One turn of a source's lane: a whole poll, or a sweep, or the carrying out of approved holds, until a poll is due. */
export type Turn = "poll" | "sweep" | "hold";

/**
 * Whose turn it is in a source's lane now, or null when nothing is due. Polls come first; a sweep that is under way gives way at
 * its next page; but after a poll what waits always gets its turn, so that polls which take longer than their interval cannot
 * starve it: approved holds, which are soon carried out, before a sweep.
 */
export function nextTurn(source: Scheduled, nowMs: number): Turn | null {
  if (source.state !== "running") return null;
  const pollIsDue = source.pollDueAtMs <= nowMs;
  const sweepIsDue = source.canSweep && source.sweepDueAtMs <= nowMs;
  const waiting = source.holdDueAtMs <= nowMs ? "hold" : sweepIsDue ? "sweep" : null;
  if (waiting !== null && (source.lastTurn === "poll" || !pollIsDue)) return waiting;
  return pollIsDue ? "poll" : null;
}

/** When the lane has something to do next; Infinity when it is not running. */
export function nextDueAt(source: Scheduled): number {
  if (source.state !== "running") return Number.POSITIVE_INFINITY;
  const sweepDueAtMs = source.canSweep ? source.sweepDueAtMs : Number.POSITIVE_INFINITY;
  return Math.min(source.pollDueAtMs, source.holdDueAtMs, sweepDueAtMs);
}

/**
 * Milliseconds from the end of a pass to the start of the next: the interval is kept from start to start, a pass that
 * took longer is followed by the next at once, and up to 5 % of jitter keeps sources from marching in step.
 */
export function pauseAfter(everyMs: number, tookMs: number, fraction: number): number {
  return Math.round(Math.max(0, everyMs * (1 + 0.05 * (fraction - 0.5)) - tookMs));
}
