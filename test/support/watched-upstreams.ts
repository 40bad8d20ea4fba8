import { onTestFinished } from "vitest";
import type { JsonObject } from "../../src/core/json.ts";
import { startBambooHr } from "../../src/sandbox/upstreams/bamboohr/index.ts";
import type { Control } from "../../src/sandbox/upstreams/control-client.ts";
import type { CommonBehaviour } from "../../src/sandbox/upstreams/protocol.ts";
import { startSailPoint } from "../../src/sandbox/upstreams/sailpoint/index.ts";

/** A simulated upstream and the source that watches it. */
export interface WatchedUpstream {
  source: string;
  control: Omit<Control<CommonBehaviour>, "options">;
  /** As in the YAML file. */
  config: JsonObject & { connector: string; settings: JsonObject };
  /** Members that the upstream changes by itself and that are not compared. */
  volatile: readonly string[];
}

interface Wanted {
  accounts: number;
  seed: number;
  source: string;
}

/** Tests are in a hurry, and delete more in a minute than a company in a day. */
const pace = {
  every: "200ms",
  sweepEvery: "2s",
  budget: { requests: 1_000, per: "1s" },
  deleteLimit: 1_000_000,
};

/** A SailPoint tenant in this process, until the test has finished. */
export async function watchedSailPoint({ accounts, seed, source }: Wanted): Promise<WatchedUpstream> {
  const { url, control, close } = await startSailPoint({ accounts, seed, behaviour: { rateLimit: null } });
  onTestFinished(close);
  const settings = { baseUrl: `${url}/v3`, clientId: "client", clientSecret: "secret" };
  return { source, control, config: { ...pace, connector: "sailpoint", settings }, volatile: [] };
}

/** A BambooHR company in this process, until the test has finished. */
export async function watchedBambooHr({ accounts, seed, source }: Wanted): Promise<WatchedUpstream> {
  const { url, control, close } = await startBambooHr({ accounts, seed });
  onTestFinished(close);
  const settings = { baseUrl: url, apiKey: "key" };
  return {
    source,
    control,
    config: { ...pace, connector: "bamboohr", settings },
    volatile: ["lastChanged", "photoUrl", "photoUploaded", "canUploadPhoto"],
  };
}

/** One of each; their names put them into different halves of 8 shards, so that two workers share them. */
export async function watchedPair(accounts: number, seed: number): Promise<WatchedUpstream[]> {
  return [
    await watchedSailPoint({ accounts, seed, source: "acme-idn" }),
    await watchedBambooHr({ accounts, seed: seed + 1, source: "acme-people" }),
  ];
}
