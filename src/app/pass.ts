import { followSignal } from "../core/follow-signal.ts";
import type { Turn } from "../core/schedule.ts";
import type { Shape } from "../core/shape.ts";
import type { CommitOutcome, CommitStep, Fence, PassCounts } from "../ports/store.ts";
import type { Lane } from "./lane.ts";
import { privateConnector } from "./private-connector.ts";
import { type Watched, watched } from "./watchdog.ts";
import type { Upstream, WorkerPorts } from "./worker-ports.ts";

/** One poll or sweep, or the carrying out of holds or of a redrive, under way. */
export interface Pass extends Upstream {
  kind: Turn;
  lane: Lane;
  /** Ends the fetching of this pass, without giving up the shard; aborted at its end in any case. */
  abort: AbortController;
  /** Its signs of life, and its end when there are none. */
  watched: Watched;
  startedAtMs: number;
  counts: PassCounts;
  /** What it has put on hold. */
  held: { inserted: number; deleted: number; drifted: number };
  /** Living accounts when the pass began: what the guard measures by. */
  population: number;
  /** What documents look like after the pages that it has decided; null when it has had no need to know. */
  shape: Shape | null;
  ports: WorkerPorts;
}

/** What a pass that gives way takes along to its next turn: since when it is under way, and what the guard has counted. */
export type SoFar = Pick<Pass, "startedAtMs" | "counts" | "held" | "population">;

export function soFar({ startedAtMs, counts, held, population }: Pass): SoFar {
  return { startedAtMs, counts, held, population };
}

/** How a pass came to its end without an error: `yielded` goes on later, `term-lost` and `stale` changed nothing. */
export type PassEnd = "done" | "yielded" | "not-offered" | Exclude<CommitOutcome["kind"], "committed">;

export function startPass(kind: Pass["kind"], lane: Lane, ports: WorkerPorts): Pass {
  const abort = new AbortController();
  abort.signal.addEventListener("abort", followSignal(abort, lane.shard.signal));
  // All else takes long, and nobody waits for its next page: a first load, too.
  const isUrgent = kind === "poll" && lane.source.isLoaded;
  const life = watched(ports.clock);
  const upstream = ports.upstreamOf(lane.source, abort.signal, lane.shard.leaseLeftMs, isUrgent, life);
  const { connector, privacy } = upstream;
  return {
    ...upstream,
    connector: privacy === null ? connector : privateConnector(connector, privacy),
    kind,
    lane,
    abort,
    watched: life,
    startedAtMs: ports.clock.monotonicMs(),
    counts: noCounts(),
    held: nothingHeld(),
    shape: null,
    population: lane.source.population,
    ports,
  };
}

export function nothingHeld(): Pass["held"] {
  return { inserted: 0, deleted: 0, drifted: 0 };
}

export function noCounts(): PassCounts {
  return { pages: 0, observed: 0, inserted: 0, updated: 0, deleted: 0, unchanged: 0, quarantined: 0 };
}

/** A step that changes nothing yet: where every commit of this pass starts from. */
export function emptyStep(pass: Pass): CommitStep {
  const { source, shard } = pass.lane;
  return {
    shard: shard.shard,
    term: shard.term,
    sourceId: source.id,
    kind: pass.kind,
    revision: source.revision,
    cursorVersion: pass.connector.cursorVersion,
    entries: [],
    batchNonce: pass.ports.random.nonce(),
    rejected: [],
    population: source.population,
    activity: source.activity,
  };
}

/** Where every other write of this pass starts from. */
export function fenceOf({ lane, ports }: Pass): Fence {
  const { source, shard } = lane;
  return {
    shard: shard.shard,
    term: shard.term,
    sourceId: source.id,
    revision: source.revision,
    nextRevision: ports.random.nonce(),
  };
}

/** Commits a step and carries its effect over to the lane; wakes the publisher when there is something to publish. */
export async function commitStep(pass: Pass, step: CommitStep): Promise<CommitOutcome> {
  const { lane, ports } = pass;
  const outcome = await ports.store.commit(step);
  pass.watched.show();
  if (outcome.kind !== "committed") return outcome;

  lane.source = {
    ...lane.source,
    revision: outcome.revision,
    population: step.population,
    activity: step.activity,
    held: lane.source.held + heldBy(step) - (step.released?.length ?? 0),
    quarantined: lane.source.quarantined + step.rejected.length - (step.understood?.length ?? 0),
  };
  // How many still wait, or are in quarantine, is for the database to say.
  const moved = [step.holds, step.released, step.understood].some((part) => part !== undefined);
  if (moved || step.rejected.length > 0) lane.isOutdated = true;
  // Whatever has been observed since the look-up is not known to be gone any more.
  for (const id of step.seen?.ids ?? []) lane.judgement?.gone.delete(id);
  if (step.cursor !== undefined) {
    lane.source.cursor = step.cursor;
    lane.cursorMovedAtMs = ports.clock.now();
    lane.source.cursorVersion = step.cursorVersion;
  }
  if (step.leavesCheckpoint === true) lane.checkpointedAtMs = ports.clock.monotonicMs();
  if (step.entries.length > 0) {
    lane.shard.handover.put(BigInt(outcome.firstSeq), step.entries, step.batchNonce);
    lane.shard.journal.written(BigInt(outcome.firstSeq) + BigInt(step.entries.length) - 1n);
    lane.shard.journaled.notify();
    // As the commit has it: what is published again is no change.
    if (step.entries.some(({ replay }) => replay === undefined)) lane.lastChangeAtMs = ports.clock.now();
  }
  return outcome;
}

/** How many accounts go on hold, those that are on another one already included: never too few. */
function heldBy({ holds = [] }: CommitStep): number {
  return holds.reduce((sum, { changes }) => sum + changes.length, 0);
}

/**
 * Reads a page while the one before is being committed: one page ahead, so memory stays bounded.
 * @param abort Ends the reading at once when the pages are left before their end: what was read ahead is thrown away.
 */
export async function* oneAhead<T, R>(
  pages: AsyncGenerator<T, R, void>,
  abort: AbortController,
): AsyncGenerator<T, R, void> {
  let next = pages.next();
  let isAtEnd = false;
  try {
    for (;;) {
      const step = await next;
      if (step.done === true) {
        isAtEnd = true;
        return step.value;
      }
      next = pages.next();
      // A failure of the page ahead is raised when its turn comes, not as an unhandled rejection.
      next.catch(() => undefined);
      yield step.value;
    }
  } finally {
    if (!isAtEnd) abort.abort(new Error("the rest of the pages is not wanted"));
    await pages.return(undefined as R).catch(() => undefined);
  }
}
