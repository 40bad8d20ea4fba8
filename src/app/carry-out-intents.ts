import type { RunningShard } from "./run-shard.ts";
import type { WorkerPorts } from "./worker-ports.ts";

/**
 * Carries out what operators asked for, in the source's lane: an intent whose lane is busy waits for the next look. A decision about a hold changes
 * nothing that a pass relies on, and does not wait: some lanes are always busy.
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
    const mayDisturb = intent.verb !== "approve" && intent.verb !== "reject";
    if (running === undefined || lane === undefined || (lane.isBusy && mayDisturb)) {
      isDone = false;
      continue;
    }
    const { shard, term } = running.shard;
    let isCarriedOut = false;
    try {
      isCarriedOut = await store.finishIntent({ intent: intent.id, shard, term, outcome: "done" });
    } finally {
      // Also when the answer was lost: it may have been approved.
      if (intent.verb === "approve") lane.holdDueAtMs = clock.monotonicMs();
    }
    if (isCarriedOut)
      log.info("intent.done", { source: intent.source, verb: intent.verb, actor: intent.actor });
  }
  return isDone;
}
