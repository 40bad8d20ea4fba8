import { type Scheduled, type Turn, nextDueAt, nextTurn } from "../core/schedule.ts";
import type { Clock } from "../ports/clock.ts";
import type { Source } from "../ports/store.ts";
import type { Judgement } from "./judge-absent.ts";
import type { OwnedShard } from "./owned-shard.ts";

/**
 * The one place where a source's steps happen, one after another: at most one pass of a source is under way at any time,
 * so what is compared, decided and committed always follows from the state that the step before it left.
 */
export interface Lane extends Scheduled {
  readonly shard: OwnedShard;
  /** The source as last read or committed; commits keep revision, cursor, population and activity current. */
  source: Source;
  /** A pass is under way. */
  isBusy: boolean;
  /** Configuration changed or an outcome is unknown: read the source again before the next turn. */
  isOutdated: boolean;
  /** Monotonic milliseconds. */
  lastAttemptAtMs: number;
  /** Wall-clock milliseconds, or null. */
  cursorMovedAtMs: number | null;
  lastSuccessAtMs: number | null;
  /** The id up to which approved holds have been looked up in this round; null at its start. */
  approvedUpTo: string | null;
  /** What is known of the accounts that the open sweep has not seen. */
  judgement: Judgement | null;
  /** Why the upstream offers no sweep, as it was last told to the log. */
  sweepNotOffered: string | null;
}

export function createLane(shard: OwnedShard, source: Source, clock: Clock): Lane {
  const lane: Lane = {
    shard,
    source,
    isBusy: false,
    isOutdated: false,
    lastTurn: null,
    lastAttemptAtMs: Number.NEGATIVE_INFINITY,
    pollDueAtMs: 0,
    sweepDueAtMs: 0,
    holdDueAtMs: source.held > 0 ? 0 : Number.POSITIVE_INFINITY,
    approvedUpTo: null,
    judgement: null,
    cursorMovedAtMs: null,
    lastSuccessAtMs: null,
    sweepNotOffered: null,
    get state() {
      return lane.source.state;
    },
    get canSweep() {
      return lane.source.isLoaded || lane.source.everyMs === null;
    },
  };
  refreshLane(lane, source, clock);
  return lane;
}

/** Takes over what the database says about the source. */
export function refreshLane(lane: Lane, source: Source, clock: Clock): void {
  const nowMs = clock.monotonicMs();
  const ago = (ms: number | null) => (ms === null ? null : clock.now() - ms);
  lane.source = source;
  lane.isOutdated = false;
  lane.pollDueAtMs = nowMs + (source.pollDueInMs ?? Number.POSITIVE_INFINITY);
  lane.sweepDueAtMs = nowMs + source.sweepDueInMs;
  if (source.lastAttemptAgeMs !== null) lane.lastAttemptAtMs = nowMs - source.lastAttemptAgeMs;
  lane.cursorMovedAtMs = ago(source.cursorAgeMs);
  lane.lastSuccessAtMs = ago(source.lastSuccessAgeMs);
}

/** Whose turn it is in this lane, or null. */
export function turnOf(lane: Lane, nowMs: number): Turn | null {
  return lane.isBusy ? null : nextTurn(lane, nowMs);
}

/** When this lane has something to do next, monotonic milliseconds. */
export function dueAt(lane: Lane): number {
  return lane.isBusy ? Number.POSITIVE_INFINITY : nextDueAt(lane);
}
