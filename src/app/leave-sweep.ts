import { SourceHaltedError } from "../core/errors.ts";
import { pauseAfter } from "../core/schedule.ts";
import type { Pass, PassEnd } from "./pass.ts";

/**
 * Ends a sweep that the upstream does not offer: nothing is proven and nothing has failed, and it is tried again when the next one is due.
 * @throws SourceHaltedError when the source has no polls either
 */
export async function leaveSweep(pass: Pass, why: string): Promise<PassEnd> {
  const { lane, ports, counts } = pass;
  const { source, shard } = lane;
  // One that was given up must not end the sweep that came after it.
  pass.abort.signal.throwIfAborted();
  if (source.everyMs === null) {
    throw new SourceHaltedError(
      "TIDEMARK_CONNECTOR_FAILED",
      `its upstream offers neither polls nor sweeps: ${why}`,
    );
  }
  const tookMs = ports.clock.monotonicMs() - pass.startedAtMs;
  const nextInMs = pauseAfter(source.sweepEveryMs, tookMs, ports.random.fraction());
  const { shard: id, term } = shard;
  const isLeft = await ports.store.leaveSweep({
    shard: id,
    term,
    sourceId: source.id,
    why,
    nextInMs,
    counts,
  });
  if (!isLeft) return "term-lost";
  lane.source = { ...lane.source, openSweep: null, sweepAsked: false };
  lane.sweepDueAtMs = ports.clock.monotonicMs() + nextInMs;
  // As after a sweep: what a look-up could not tell about approved deletes, the next one may.
  if (source.held > 0) lane.holdDueAtMs = ports.clock.monotonicMs();
  // It will be so for as long as the upstream is as it is: said once.
  if (lane.sweepNotOffered !== why)
    ports.log.info("sweep.not-offered", { source: source.name, why, nextInMs });
  lane.sweepNotOffered = why;
  return "not-offered";
}
