import { century } from "../../src/connectors/century/index.ts";
import type { Observation } from "../../src/core/account.ts";
import type { JsonObject } from "../../src/core/json.ts";
import { type CenturyOptions, startCentury } from "../../src/sandbox/upstreams/century/index.ts";
import { connectorHarness } from "../support/connector-harness.ts";

const open: (() => Promise<void>)[] = [];

/** Ends what the tests of a file have started. */
export async function closeUpstreams(): Promise<void> {
  for (const close of open.splice(0)) await close();
}

/** A simulated organisation and the connector that reads it. */
export async function centuryUpstream(options: CenturyOptions = {}, more: JsonObject = {}) {
  const upstream = await startCentury({
    accounts: 250,
    ...options,
    behaviour: { rateLimit: null, ...options.behaviour },
  });
  const settings = { baseUrl: `${upstream.url}/api/v1`, apiKey: "key", ...more };
  const harness = connectorHarness(century, settings, [settings.apiKey]);
  open.push(
    () => harness.close(),
    () => upstream.close(),
  );
  const { control } = upstream;
  return {
    ...harness,
    control,
    /** Every user as it is. */
    async truth(): Promise<Map<string, JsonObject>> {
      const { accounts } = await control.truth();
      return new Map(accounts.map(({ id, record }) => [id, record as JsonObject]));
    },
  };
}

/** What a consumer knows after some observations. */
export function folded(observations: readonly Observation[], known = new Map<string, JsonObject>()) {
  for (const observation of observations) {
    if ("gone" in observation) known.delete(observation.id);
    if ("document" in observation) known.set(observation.id, observation.document.attributes);
  }
  return known;
}

/** Ids in the order in which they came. */
export function idsOf(observations: readonly Observation[]): string[] {
  return observations.map(({ id }) => id);
}
