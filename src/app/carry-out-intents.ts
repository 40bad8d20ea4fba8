import type { RunningShard } from "./run-shard.ts";
import type { WorkerPorts } from "./worker-ports.ts";

/**
 * Carries out what operators asked for, in the source's lane: an intent whose lane is busy waits for the next look.
 * @returns false when something is still waiting.
 */
export async function carryOutIntents(
  shards: ReadonlyMap<number, RunningShard>,
  { store, log }: WorkerPorts,
): Promise<boolean> {
  let isDone = true;
  for (const intent of await store.pendingIntents([...shards.keys()])) {
    const running = [...shards.values()].find(({ lanes }) => lanes.has(intent.sourceId));
    const lane = running?.lanes.get(intent.sourceId);
    if (running === undefined || lane === undefined || lane.isBusy) {
      isDone = false;
      continue;
    }
    const { shard, term } = running.shard;
    const isCarriedOut = await store.finishIntent({ intent: intent.id, shard, term, outcome: "done" });
    if (isCarriedOut)
      log.info("intent.done", { source: intent.source, verb: intent.verb, actor: intent.actor });
  }
  return isDone;
}
