import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Config } from "../config-schema.ts";
import { komboThroughRest } from "./kombo-through-rest.ts";
import { keptPorts } from "./servers/kept-ports.ts";
import { SandboxError } from "./servers/sandbox-error.ts";
import { simulators } from "./simulators.ts";
import type { Control } from "./upstreams/control-client.ts";
import type { CommonBehaviour } from "./upstreams/protocol.ts";
import type { UpstreamKind } from "./upstreams/vendor.ts";

/** A simulated upstream and the source that watches it. */
export interface WatchedUpstream {
  kind: UpstreamKind;
  source: string;
  /** Its address, without a path. */
  url: string;
  control: Pick<Control<CommonBehaviour>, "churn" | "truth" | "advance">;
  config: Config["sources"][string];
  close(): Promise<void>;
}

/** The sandbox is in a hurry, and its upstreams have no rates worth keeping. */
const pace = {
  every: 2_000,
  budget: { requests: 1_000, per: 1_000 },
  compacted: false,
  drift: "warn" as const,
  // A demonstration lives through a month of leavers in minutes: the guard's daily limit would hold them all.
  deleteLimit: 1_000_000,
};

const sweepEvery = 20_000;

/** Which upstreams there are, what their sources are called, and what is special about them. */
const watched = [
  { kind: "sailpoint", source: "acme-idn", churnPerSecond: 0.7, special: { sweepEvery } },
  { kind: "bamboohr", source: "acme-hr", churnPerSecond: 0.7, special: { sweepEvery } },
  { kind: "kombo", source: "acme-ats", churnPerSecond: 0.7, special: { sweepEvery } },
  { kind: "lumos", source: "acme-apps", churnPerSecond: 0.7, special: { sweepEvery } },
  // Each of its passes reads everything. Few leave it, so that a limit on deletes makes sense here: see `holdHint`.
  {
    kind: "century",
    source: "acme-school",
    churnPerSecond: 0.1,
    special: { every: 5_000, deleteLimit: 100 },
  },
] as const;

/**
 * Starts an upstream of each vendor, whose truth, clock and port are kept in `folder`. One of them is watched by two sources, each with a
 * connector of its own.
 * @param accounts Of each.
 * @throws SandboxError when what `folder` keeps cannot be used; nothing stays started then.
 */
export async function startUpstreams(
  folder: string,
  { accounts }: { accounts: number },
): Promise<WatchedUpstream[]> {
  await mkdir(folder, { recursive: true });
  const ports = await keptPorts(
    folder,
    watched.map(({ kind }) => kind),
  );
  await using started = new AsyncDisposableStack();
  const upstreams: WatchedUpstream[] = [];
  try {
    for (const [index, { kind, source, churnPerSecond, special }] of watched.entries()) {
      const { start, settings } = simulators[kind];
      const { url, control, close } = await start({
        accounts,
        churnPerSecond,
        port: ports[kind],
        file: join(folder, `${kind}.jsonl`),
        seed: index + 1,
        behaviour: { rateLimit: null },
      });
      started.defer(close);
      const config = { ...pace, ...special, connector: kind, settings: settings(url) };
      upstreams.push({ kind, source, url, control, config, close });
      if (kind === "kombo") {
        const throughRest = { ...config, connector: "rest", settings: komboThroughRest(url) };
        upstreams.push({
          kind,
          source: "acme-rest",
          url,
          control,
          config: throughRest,
          close: async () => {},
        });
      }
    }
    started.move();
    return upstreams;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SandboxError(`the simulated upstreams cannot start: ${reason}; --fresh discards ${folder}`, {
      cause,
    });
  }
}
