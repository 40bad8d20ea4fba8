import { backOffMs } from "../core/back-off.ts";
import { FatalError, RetryableError, SourceHaltedError, TidemarkError } from "../core/errors.ts";
import { type Turn, dueMember, feedDueAt, sourceBackOff } from "../core/schedule.ts";
import { carryOutHolds } from "./carry-out-holds.ts";
import { withinWindows } from "./lane-windows.ts";
import { type Lane, refreshLane, setReplays } from "./lane.ts";
import { lookBack } from "./look-back.ts";
import { type Pass, type PassEnd, noCounts, startPass } from "./pass.ts";
import { pollSource } from "./poll-source.ts";
import { redriveQuarantined } from "./redrive-quarantined.ts";
import { replaySource } from "./replay-source.ts";
import { rewriteStored } from "./rewrite-stored.ts";
import { sweepSource } from "./sweep-source.ts";
import type { WorkerPorts } from "./worker-ports.ts";

/**
 * One turn of a source's lane. Whatever goes wrong concerns this source alone: it backs off or halts, and the others go on. A pass that the watchdog
 * ends is left to itself, with the lane as it was: neither has a part in what happens from then on.
 * @throws FatalError when the process must stop.
 */
export async function takeTurn(lane: Lane, turn: Turn, ports: WorkerPorts): Promise<void> {
  lane.isBusy = true;
  lane.lastTurn = turn;
  lane.lastAttemptAtMs = ports.clock.monotonicMs();
  lane.circuit?.begins(lane);
  let pass: Pass | undefined;
  try {
    // A sweep's staging is judged by what the database holds, and a replay may be paused: their turns start from a fresh reading.
    if (lane.isOutdated || turn === "sweep" || turn === "replay") await reload(lane, ports);
    if (lane.source.state !== "running") return;
    pass = startPass(turn, lane, ports);
    const mustYield = () => {
      const nowMs = ports.clock.monotonicMs();
      const due = withinWindows(lane, nowMs);
      return lane.isAwaited || (turn === "replay" ? feedDueAt(due) : due.pollDueAtMs) <= nowMs;
    };
    lane.pass = pass;
    settle(lane, pass, await Promise.race([passEnd(pass, mustYield), pass.watched.givenUp]));
  } catch (error) {
    if (error instanceof FatalError) throw error;
    lane.isGivenUp = error instanceof RetryableError && error.code === "TIDEMARK_PASS_STUCK";
    if (!lane.shard.signal.aborted) await fail(lane, turn, pass, error, ports);
  } finally {
    lane.pass = null;
    pass?.abort.abort(new Error("the pass has ended"));
    lane.isBusy = false;
    lane.circuit?.ends(lane);
  }
}

async function passEnd(pass: Pass, mustYield: () => boolean): Promise<PassEnd> {
  const rewritten = await rewriteStored(pass);
  return rewritten === "done" ? take[pass.kind](pass, mustYield) : rewritten;
}

const take: Record<Turn, (pass: Pass, mustYield: () => boolean) => Promise<PassEnd>> = {
  poll: pollSource,
  sweep: sweepSource,
  "look-back": lookBack,
  hold: carryOutHolds,
  redrive: redriveQuarantined,
  replay: replaySource,
};

function settle(lane: Lane, pass: Pass, end: PassEnd): void {
  const { counts, ports, kind } = pass;
  const { log, metrics, clock } = ports;
  const { name } = lane.source;
  const tookMs = Math.round(clock.monotonicMs() - pass.startedAtMs);
  if (end === "term-lost") {
    lane.shard.lose();
    return;
  }
  if (end === "stale") {
    // Somebody else's commit (our own, when its outcome was lost) came first: read again and compare anew.
    lane.isOutdated = true;
    log.warn(`${kind}.stale`, { source: name, revision: lane.source.revision });
    return;
  }
  const held = pass.held.inserted + pass.held.deleted + pass.held.drifted;
  // Pages tell that, too, but there may have been none.
  if (end === "done" && (kind === "poll" || kind === "sweep")) lane.circuit?.answered(lane);
  const didSomething = counts.inserted + counts.updated + counts.deleted + counts.quarantined + held > 0;
  if (kind === "poll" || kind === "sweep" || kind === "look-back") {
    if (end === "not-offered") metrics.pass(kind, name, end);
    if (end === "done") metrics.pass(kind, name, didSomething ? "changed" : "unchanged");
  }
  // A replay tells its end itself, with what all of its turns have done.
  if (kind !== "replay" && (didSomething || (end === "done" && kind === "sweep")))
    log.info(`${kind}.${end}`, { source: name, ...counts, held, tookMs });
}

/** Records what went wrong; a source that needs a person halts, any other tries again after a pause. */
async function fail(
  lane: Lane,
  turn: Turn,
  pass: Pass | undefined,
  error: unknown,
  ports: WorkerPorts,
): Promise<void> {
  const { store, clock, random, log, metrics } = ports;
  const { source, shard } = lane;
  const known = error instanceof TidemarkError ? error : connectorBug(error);
  const waitsWithOthers = lane.circuit?.failed(lane, known.code) ?? false;
  const halt = !(known instanceof RetryableError) && !waitsWithOthers;
  const isIncomplete = known.code === "TIDEMARK_UPSTREAM_SWEEP_INCOMPLETE";
  const backOff = backOffMs(source.failures + 1, sourceBackOff, random.fraction());
  const retryInMs = Math.max(backOff, known instanceof RetryableError ? (known.retryAfterMs ?? 0) : 0);

  log[halt ? "error" : "warn"](`${turn}.${halt ? "halted" : "failed"}`, {
    source: source.name,
    code: known.code,
    reason: known.message,
    ...(halt ? { whatToDo: known.whatToDo } : { retryInMs, failures: source.failures + 1 }),
    cause: known.cause,
  });
  if (turn === "poll" || turn === "sweep" || turn === "look-back")
    metrics.pass(turn, source.name, halt ? "halted" : isIncomplete ? "incomplete" : "failed");

  // Even when the failure cannot be recorded, this lane must not be retried at once, nor from what it believes to know.
  const dueAtMs = clock.monotonicMs() + retryInMs;
  lane[dueMember[turn]] = dueAtMs;
  if (turn === "look-back") lane.lookingBack = null;
  lane.isOutdated = true;
  lane.source = { ...source, failures: source.failures + 1, lastErrorCode: known.code };
  // Rows may have been journalled by a commit whose outcome was lost.
  shard.journaled.notify();

  try {
    const recorded = await store.failPass({
      shard: shard.shard,
      term: shard.term,
      sourceId: source.id,
      kind: turn,
      halt,
      code: known.code,
      message: known.message,
      retryInMs: Math.round(retryInMs),
      tookMs: pass === undefined ? 0 : Math.round(clock.monotonicMs() - pass.startedAtMs),
      counts: pass?.counts ?? noCounts(),
      abandonSweep: turn === "sweep" && (halt || isIncomplete),
    });
    if (!recorded) shard.lose();
    // A pass that comes back after it was given up must find the revision that it began with, which is not current any more.
    else if (!lane.isGivenUp) await reload(lane, ports);
  } catch (cause) {
    if (!(cause instanceof RetryableError)) throw cause;
    log.warn("pass.not-recorded", { source: source.name, code: cause.code, cause });
  }
}

/** @throws RetryableError when the database cannot tell; the lane stays outdated then. */
async function reload(lane: Lane, ports: WorkerPorts): Promise<void> {
  const source = await ports.store.loadSource(lane.source.id);
  if (lane.isOutdated || lane.replays.length > 0)
    setReplays(lane, await ports.store.openReplays([lane.shard.shard]));
  if (source !== null) refreshLane(lane, source, ports.clock);
}

/** What a connector throws that is not an error on purpose. */
export function connectorBug(cause: unknown): SourceHaltedError {
  const what = cause instanceof Error ? cause.message : String(cause);
  return new SourceHaltedError("TIDEMARK_CONNECTOR_FAILED", `the connector failed: ${what}`, { cause });
}
