import type { IntentVerb } from "../ports/store.ts";
import type { RunningShard } from "./run-shard.ts";
import type { WorkerPorts } from "./worker-ports.ts";

const mayDisturb: Record<IntentVerb, boolean> = {
  resume: true,
  poll: true,
  sweep: true,
  approve: false,
  reject: false,
  redrive: false,
  discard: false,
};

/**
 * Carries out what operators asked for, in the source's lane: an intent whose lane is busy waits for the turn under way, and no other begins before a
 * later look has carried it out. What is said about holds and quarantine changes nothing that a pass relies on, and does not wait at all.
 * @returns false when something is still waiting.
 */
export async function carryOutIntents(
  shards: ReadonlyMap<number, RunningShard>,
  { store, log, clock }: WorkerPorts,
): Promise<boolean> {
  let isDone = true;
  for (const intent of await store.pendingIntents([...shards.keys()])) {
    const running = [...shards.values()].find(({ lanes }) => lanes.has(intent.sourceId));
    const lane = running?.lanes.get(intent.sourceId);
    if (running === undefined || lane === undefined) {
      isDone = false;
      continue;
    }
    if (lane.isBusy && mayDisturb[intent.verb]) {
      lane.isAwaited = true;
      isDone = false;
      continue;
    }
    const { shard, term } = running.shard;
    let isCarriedOut = false;
    try {
      isCarriedOut = await store.finishIntent({ intent: intent.id, shard, term, outcome: "done" });
    } finally {
      // Also when the answer was lost: it may have been carried out.
      if (intent.verb === "approve") lane.holdDueAtMs = clock.monotonicMs();
      if (intent.verb === "resume") lane.circuit?.changed(lane);
      if (intent.verb === "redrive") lane.redriveDueAtMs = clock.monotonicMs();
    }
    if (isCarriedOut)
      log.info("intent.done", { source: intent.source, verb: intent.verb, actor: intent.actor });
  }
  return isDone;
}
