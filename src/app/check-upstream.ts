import type { UpstreamCheck } from "../core/upstream-check.ts";
import type { CarriedOut } from "./carried-out.ts";
import type { Lane } from "./lane.ts";
import { pagesFromHere } from "./pages-from-here.ts";
import { type Pass, startPass } from "./pass.ts";
import { upstreamFailure } from "./upstream-failure.ts";
import { within } from "./within.ts";
import type { WorkerPorts } from "./worker-ports.ts";

const upstream = {
  who: "the upstream",
  limitMs: 20_000,
  code: "TIDEMARK_UPSTREAM_UNAVAILABLE",
} as const;

/**
 * Asks the upstream for the first page of a pass, from where the source stands, and throws it away: that shows whether it can be reached, and whether it
 * takes the credentials. Whatever state the source is in, it stays as it is.
 * @returns null when the shard was given up meanwhile.
 */
export async function checkUpstream(lane: Lane, ports: WorkerPorts): Promise<CarriedOut | null> {
  const { clock } = ports;
  const startedAtMs = clock.monotonicMs();
  const outcome = await within(upstream, readFirstPage(lane, ports), clock);
  if (lane.shard.signal.aborted) return null;
  const tookMs = Math.round(clock.monotonicMs() - startedAtMs);
  const answer: UpstreamCheck = {
    tookMs,
    failure: "error" in outcome ? upstreamFailure(outcome.error) : null,
  };
  return { outcome: "done", answer };
}

async function readFirstPage(lane: Lane, ports: WorkerPorts): Promise<void> {
  let pass: Pass | undefined;
  try {
    pass = startPass(lane.source.everyMs === null ? "sweep" : "poll", lane, ports);
    const { abort } = pass;
    // Who waits for it gives up then.
    void ports.clock.sleep(upstream.limitMs, abort.signal).then(() => abort.abort());
    const pages = pagesFromHere(pass);
    await pages.next();
    await pages.return(undefined);
  } finally {
    pass?.abort.abort(new Error("the check has ended"));
  }
}
