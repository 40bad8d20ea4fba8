import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Config } from "../config-schema.ts";
import { keptPorts } from "./servers/kept-ports.ts";
import { startBambooHr } from "./upstreams/bamboohr/index.ts";
import type { Control } from "./upstreams/control-client.ts";
import type { CommonBehaviour } from "./upstreams/protocol.ts";
import { startSailPoint } from "./upstreams/sailpoint/index.ts";

/** A simulated upstream and the source that watches it. */
export interface WatchedUpstream {
  source: string;
  control: Pick<Control<CommonBehaviour>, "churn" | "truth">;
  config: Config["sources"][string];
  close(): Promise<void>;
}

/** The sandbox is in a hurry, and its upstreams have no limits worth keeping. */
const pace = { every: 2_000, sweepEvery: 20_000, budget: { requests: 1_000, per: 1_000 }, compacted: false };

/**
 * Starts a SailPoint tenant and a BambooHR company whose truth, clocks and ports are kept in `folder`.
 * @param churnPerSecond Changes per second of each.
 */
export async function startUpstreams(
  folder: string,
  options: { accounts: number; churnPerSecond: number },
): Promise<WatchedUpstream[]> {
  await mkdir(folder, { recursive: true });
  const ports = await keptPorts(folder, ["sailpoint", "bamboohr"]);
  const { accounts, churnPerSecond } = options;
  const sailpoint = await startSailPoint({
    port: ports.sailpoint,
    file: join(folder, "sailpoint.jsonl"),
    accounts,
    churnPerSecond,
    behaviour: { rateLimit: null },
  });
  const bamboohr = await startBambooHr({
    port: ports.bamboohr,
    file: join(folder, "bamboohr.jsonl"),
    accounts,
    churnPerSecond,
    seed: 2,
  });
  // A demonstration lives through a month of leavers in minutes: the guard's daily limit would halt it.
  const deleteLimit = 1_000_000;
  return [
    {
      source: "acme-idn",
      control: sailpoint.control,
      config: {
        ...pace,
        connector: "sailpoint",
        deleteLimit,
        settings: { baseUrl: `${sailpoint.url}/v3`, clientId: "client", clientSecret: "secret" },
      },
      close: sailpoint.close,
    },
    {
      source: "acme-hr",
      control: bamboohr.control,
      config: {
        ...pace,
        connector: "bamboohr",
        deleteLimit,
        settings: { baseUrl: bamboohr.url, apiKey: "key" },
      },
      close: bamboohr.close,
    },
  ];
}
