import { type Scheduled, type Turn, nextDueAt, nextTurn } from "../core/schedule.ts";
import type { Shape } from "../core/shape.ts";
import type { Clock } from "../ports/clock.ts";
import type { OpenReplay, Source } from "../ports/store.ts";
import type { GroupCircuit } from "./group-circuit.ts";
import type { Judgement } from "./judge-absent.ts";
import { type LaneWindows, laneWindows, withinWindows } from "./lane-windows.ts";
import type { LookingBack } from "./look-back.ts";
import type { OwnedShard } from "./owned-shard.ts";
import type { Pass, SoFar } from "./pass.ts";

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
  /** The pass that is under way; null when there is none, or it has not begun to ask its upstream. */
  pass: Pass | null;
  /** Its pass was given up, and may come back at any time: it has no other turn, and another lane takes its place. */
  isGivenUp: boolean;
  /** Configuration changed or an outcome is unknown: read the source again before the next turn. */
  isOutdated: boolean;
  /** What a person has asked for waits for the turn under way: no other begins before that. */
  isAwaited: boolean;
  /** What the lane has in common with those of its group; null: it has no group. */
  circuit: GroupCircuit | null;
  /** Monotonic milliseconds. */
  lastAttemptAtMs: number;
  /** Wall-clock milliseconds, or null. */
  cursorMovedAtMs: number | null;
  lastSuccessAtMs: number | null;
  lastChangeAtMs: number | null;
  /** The id up to which approved holds have been looked up in this round; null at its start. */
  approvedUpTo: string | null;
  /** What is known of the accounts that the open sweep has not seen. */
  judgement: Judgement | null;
  /** The look-back that is under way. */
  lookingBack: LookingBack | null;
  /** The poll that is under way between two of its turns: it has given way to what a person has asked for. In memory, as a look-back is. */
  polling: SoFar | null;
  /** A person has asked for a poll while one was under way: another follows at once, or what that one had read already would wait for the next. */
  isPolledAgain: boolean;
  /** When the last look-back that ended well began; null when there was none. Monotonic milliseconds. */
  lookedBackAtMs: number | null;
  /** When the last checkpoint was left; null when there is none. Monotonic milliseconds. */
  checkpointedAtMs: number | null;
  /** When passes may start; null: at any time. */
  windows: LaneWindows | null;
  /** Why the upstream offers no sweep, as it was last told to the log. */
  sweepNotOffered: string | null;
  /** What is to be published or read again of this source and runs, oldest first, as last read: it may have ended since. */
  replays: readonly OpenReplay[];
  /** What documents look like, as last committed; null when it has to be asked for. */
  shape: Shape | null;
  /** What of their drift was told to the log. */
  readonly toldDrift: Set<string>;
  /** Intents that are carried out beside its turns. */
  readonly beside: Set<string>;
}

export function createLane(shard: OwnedShard, source: Source, clock: Clock): Lane {
  const lane: Lane = {
    shard,
    source,
    isBusy: false,
    pass: null,
    isGivenUp: false,
    isOutdated: false,
    isAwaited: false,
    circuit: null,
    lastTurn: null,
    lastAttemptAtMs: Number.NEGATIVE_INFINITY,
    pollDueAtMs: 0,
    sweepDueAtMs: 0,
    lookBackDueAtMs: 0,
    holdDueAtMs: source.held > 0 ? 0 : Number.POSITIVE_INFINITY,
    redriveDueAtMs: source.redriving > 0 ? 0 : Number.POSITIVE_INFINITY,
    replayDueAtMs: Number.POSITIVE_INFINITY,
    approvedUpTo: null,
    judgement: null,
    lookingBack: null,
    polling: null,
    isPolledAgain: false,
    lookedBackAtMs: null,
    checkpointedAtMs: null,
    windows: null,
    cursorMovedAtMs: null,
    lastSuccessAtMs: null,
    lastChangeAtMs: null,
    sweepNotOffered: null,
    replays: [],
    shape: null,
    toldDrift: new Set(),
    beside: new Set(),
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
  // With other settings its place may not make sense any more.
  if (source.settingsVersion !== lane.source.settingsVersion) beginAnew(lane);
  lane.source = source;
  lane.shape = null;
  lane.isOutdated = false;
  lane.pollDueAtMs = nowMs + (source.pollDueInMs ?? Number.POSITIVE_INFINITY);
  lane.sweepDueAtMs = nowMs + source.sweepDueInMs;
  lane.lookBackDueAtMs = nowMs + (source.lookBackDueInMs ?? Number.POSITIVE_INFINITY);
  lane.checkpointedAtMs = source.checkpointAgeMs === null ? null : nowMs - source.checkpointAgeMs;
  lane.lookedBackAtMs = source.lookedBackAgeMs === null ? null : nowMs - source.lookedBackAgeMs;
  lane.windows = laneWindows(source.windows, clock);
  if (source.lastAttemptAgeMs !== null) lane.lastAttemptAtMs = nowMs - source.lastAttemptAgeMs;
  lane.cursorMovedAtMs = ago(source.cursorAgeMs);
  lane.lastSuccessAtMs = ago(source.lastSuccessAgeMs);
  lane.lastChangeAtMs = ago(source.lastChangeAgeMs);
}

/** What is under way between two turns is forgotten: its place does not count any more. */
export function beginAnew(lane: Lane): void {
  lane.lookingBack = null;
  lane.polling = null;
  lane.isPolledAgain = false;
}

/** Takes over what the database says about the shard's replays: those of this source, but not those that read the journal. */
export function setReplays(lane: Lane, open: readonly OpenReplay[]): void {
  lane.replays = open.filter(({ kind, sourceId }) => kind !== "journal" && sourceId === lane.source.id);
  if (turnReplay(lane) === null) lane.replayDueAtMs = Number.POSITIVE_INFINITY;
  // One that is paced, or backs off, goes on when it is due.
  else if (lane.replayDueAtMs === Number.POSITIVE_INFINITY) lane.replayDueAtMs = 0;
}

/** The replay that has turns of its own now; what a rewind republishes goes along with its poll. */
export function turnReplay({ replays }: Lane): OpenReplay | null {
  return replays.find(({ kind }) => kind === "snapshot" || kind === "backfill") ?? null;
}

/** Whose turn it is in this lane, or null. */
export function turnOf(lane: Lane, nowMs: number): Turn | null {
  return dueAt(lane, nowMs) > nowMs ? null : nextTurn(withinWindows(lane, nowMs), nowMs);
}

/** When this lane has something to do next, monotonic milliseconds. */
export function dueAt(lane: Lane, nowMs: number): number {
  if (lane.isBusy || lane.isAwaited || lane.isGivenUp) return Number.POSITIVE_INFINITY;
  const dueAtMs = nextDueAt(withinWindows(lane, nowMs));
  return lane.circuit === null ? dueAtMs : Math.max(dueAtMs, lane.circuit.mayTryAtMs(lane));
}
