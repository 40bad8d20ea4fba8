import { followSignal } from "../core/follow-signal.ts";
import type { Turn } from "../core/schedule.ts";
import type { CommitStep, CommitOutcome, PassCounts } from "../ports/store.ts";
import type { Lane } from "./lane.ts";
import type { Upstream, WorkerPorts } from "./worker-ports.ts";

/** One poll or sweep, or the carrying out of holds, under way. */
export interface Pass extends Upstream {
  kind: Turn;
  lane: Lane;
  /** Ends the fetching of this pass, without giving up the shard; aborted at its end in any case. */
  abort: AbortController;
  startedAtMs: number;
  counts: PassCounts;
  /** Deletes that it has put on hold. */
  held: number;
  /** Living accounts when the pass began: what the guard measures by. */
  population: number;
  ports: WorkerPorts;
}

/** How a pass came to its end without an error: `yielded` goes on later, `term-lost` and `stale` changed nothing. */
export type PassEnd = "done" | "yielded" | "not-offered" | Exclude<CommitOutcome["kind"], "committed">;

export function startPass(kind: Pass["kind"], lane: Lane, ports: WorkerPorts): Pass {
  const abort = new AbortController();
  abort.signal.addEventListener("abort", followSignal(abort, lane.shard.signal));
  const upstream = ports.upstreamOf(lane.source, abort.signal, lane.shard.leaseLeftMs);
  return {
    ...upstream,
    kind,
    lane,
    abort,
    startedAtMs: ports.clock.monotonicMs(),
    counts: noCounts(),
    held: 0,
    population: lane.source.population,
    ports,
  };
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
    revision: source.revision,
    entries: [],
    batchNonce: pass.ports.random.nonce(),
    rejected: [],
    population: source.population,
    activity: source.activity,
  };
}

/** Commits a step and carries its effect over to the lane; wakes the publisher when there is something to publish. */
export async function commitStep(pass: Pass, step: CommitStep): Promise<CommitOutcome> {
  const { lane, ports } = pass;
  const outcome = await ports.store.commit(step);
  if (outcome.kind !== "committed") return outcome;

  lane.source = {
    ...lane.source,
    revision: outcome.revision,
    population: step.population,
    activity: step.activity,
    held: lane.source.held + (step.hold?.ids.length ?? 0) - (step.released?.length ?? 0),
  };
  // How many still wait is for the database to say.
  if (step.hold !== undefined || step.released !== undefined) lane.isOutdated = true;
  // Whatever has been observed since the look-up is not known to be gone any more.
  for (const id of step.seen?.ids ?? []) lane.judgement?.gone.delete(id);
  if (step.cursor !== undefined) {
    lane.source.cursor = step.cursor;
    lane.cursorMovedAtMs = ports.clock.now();
  }
  if (step.entries.length > 0) {
    lane.shard.handover.put(BigInt(outcome.firstSeq), step.entries, step.batchNonce);
    lane.shard.journal.written(BigInt(outcome.firstSeq) + BigInt(step.entries.length) - 1n);
    lane.shard.journaled.notify();
  }
  return outcome;
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
