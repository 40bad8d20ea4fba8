import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Config } from "../config-schema.ts";
import { keptPorts } from "./servers/kept-ports.ts";
import { SandboxError } from "./servers/sandbox-error.ts";
import { startBambooHr } from "./upstreams/bamboohr/index.ts";
import type { Control } from "./upstreams/control-client.ts";
import type { CommonBehaviour } from "./upstreams/protocol.ts";
import { startSailPoint } from "./upstreams/sailpoint/index.ts";

/** A simulated upstream and the source that watches it. */
export interface WatchedUpstream {
  source: string;
  control: Pick<Control<CommonBehaviour>, "churn" | "truth" | "advance">;
  config: Config["sources"][string];
  close(): Promise<void>;
}

/** The sandbox is in a hurry, and its upstreams have no limits worth keeping. */
const pace = {
  every: 2_000,
  sweepEvery: 20_000,
  budget: { requests: 1_000, per: 1_000 },
  compacted: false,
  // A demonstration lives through a month of leavers in minutes: the guard's daily limit would halt it.
  deleteLimit: 1_000_000,
};

/**
 * Starts a SailPoint tenant and a BambooHR company whose truth, clocks and ports are kept in `folder`.
 * @param churnPerSecond Changes per second of each.
 * @throws SandboxError when what `folder` keeps cannot be used; nothing stays started then.
 */
export async function startUpstreams(
  folder: string,
  options: { accounts: number; churnPerSecond: number },
): Promise<WatchedUpstream[]> {
  await mkdir(folder, { recursive: true });
  const ports = await keptPorts(folder, ["sailpoint", "bamboohr"]);
  await using started = new AsyncDisposableStack();
  try {
    const sailpoint = await startSailPoint({
      ...options,
      port: ports.sailpoint,
      file: join(folder, "sailpoint.jsonl"),
      behaviour: { rateLimit: null },
    });
    started.defer(sailpoint.close);
    const bamboohr = await startBambooHr({
      ...options,
      port: ports.bamboohr,
      file: join(folder, "bamboohr.jsonl"),
      seed: 2,
    });
    started.move();
    return [
      {
        source: "acme-idn",
        control: sailpoint.control,
        config: {
          ...pace,
          connector: "sailpoint",
          settings: { baseUrl: `${sailpoint.url}/v3`, clientId: "client", clientSecret: "secret" },
        },
        close: sailpoint.close,
      },
      {
        source: "acme-hr",
        control: bamboohr.control,
        config: { ...pace, connector: "bamboohr", settings: { baseUrl: bamboohr.url, apiKey: "key" } },
        close: bamboohr.close,
      },
    ];
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SandboxError(`the simulated upstreams cannot start: ${reason}; --fresh discards ${folder}`, {
      cause,
    });
  }
}
