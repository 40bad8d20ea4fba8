import { onTestFinished } from "vitest";
import { connectors } from "../../src/connectors/registry.ts";
import type { JsonObject } from "../../src/core/json.ts";
import { simulators } from "../../src/sandbox/simulators.ts";
import type { Control } from "../../src/sandbox/upstreams/control-client.ts";
import type { CommonBehaviour } from "../../src/sandbox/upstreams/protocol.ts";
import type { UpstreamKind } from "../../src/sandbox/upstreams/vendor.ts";

/** A simulated upstream and the source that watches it. */
export interface WatchedUpstream {
  source: string;
  /** Its address, without a path. */
  url: string;
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
  /** One of the simulator's, where it has several. */
  style?: string;
}

/** Tests are in a hurry, and delete more in a minute than a company in a day. */
const pace = {
  every: "200ms",
  budget: { requests: 1_000, per: "1s" },
  deleteLimit: 1_000_000,
};

/** A simulated upstream in this process, until the test has finished. */
export async function watchedUpstream(
  kind: UpstreamKind,
  { accounts, seed, source, style }: Wanted,
): Promise<WatchedUpstream> {
  const { start, settings: settingsOf } = simulators[kind];
  const settings = (address: string) => settingsOf(address, style);
  const { url, control, close } = await start({ accounts, seed, behaviour: { rateLimit: null } });
  onTestFinished(close);
  const connector = connectors.get(kind);
  const sweeps = connector?.canPoll(settings(url)) === true ? { sweepEvery: "2s" } : { every: "1s" };
  return {
    source,
    url,
    control,
    config: { ...pace, ...sweeps, connector: kind, settings: settings(url) },
    volatile: (connector?.volatile ?? []).map((path) => path.replace(/^attributes\./, "")),
  };
}

/** A SailPoint tenant. */
export const watchedSailPoint = (wanted: Wanted) => watchedUpstream("sailpoint", wanted);

/** A BambooHR company. */
export const watchedBambooHr = (wanted: Wanted) => watchedUpstream("bamboohr", wanted);

/** One of each; their names put them into different halves of 8 shards, so that two workers share them. */
export async function watchedPair(accounts: number, seed: number): Promise<WatchedUpstream[]> {
  return [
    await watchedSailPoint({ accounts, seed, source: "acme-idn" }),
    await watchedBambooHr({ accounts, seed: seed + 1, source: "acme-people" }),
  ];
}
