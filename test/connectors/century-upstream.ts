import { century } from "../../src/connectors/century/index.ts";
import type { Observation } from "../../src/core/account.ts";
import type { JsonObject } from "../../src/core/json.ts";
import { type CenturyOptions, startCentury } from "../../src/sandbox/upstreams/century/index.ts";
import { foldedAs, simulatedUpstream } from "./simulated-upstream.ts";

export { closeUpstreams } from "./simulated-upstream.ts";

/** What a consumer knows after some observations. */
export const folded = foldedAs((user) => user);

/** A simulated organisation and the connector that reads it. */
export async function centuryUpstream(options: CenturyOptions = {}, more: JsonObject = {}) {
  const upstream = await startCentury({
    accounts: 250,
    ...options,
    behaviour: { rateLimit: null, ...options.behaviour },
  });
  const settings = { baseUrl: `${upstream.url}/api/v1`, apiKey: "key", ...more };
  return simulatedUpstream(century, upstream, { settings, secrets: [settings.apiKey] });
}

/** Ids in the order in which they came. */
export function idsOf(observations: readonly Observation[]): string[] {
  return observations.map(({ id }) => id);
}
