import { expect } from "vitest";
import { sailpoint } from "../../src/connectors/sailpoint/index.ts";
import type { Observation } from "../../src/core/account.ts";
import type { JsonObject } from "../../src/core/json.ts";
import { type SailPointOptions, startSailPoint } from "../../src/sandbox/upstreams/sailpoint/index.ts";
import { lastCursor } from "../support/connector-harness.ts";
import { simulatedUpstream } from "./simulated-upstream.ts";

export { closeUpstreams } from "./simulated-upstream.ts";

/** A simulated tenant and the connector that reads it. */
export async function sailPointUpstream(options: SailPointOptions = {}, more: JsonObject = {}) {
  const upstream = await startSailPoint({
    accounts: 700,
    ...options,
    behaviour: { rateLimit: null, ...options.behaviour },
  });
  const settings = { baseUrl: `${upstream.url}/v3`, clientId: "client", clientSecret: "secret", ...more };
  const simulated = simulatedUpstream(sailpoint, upstream, { settings, secrets: [settings.clientSecret] });
  const { control } = simulated;
  return {
    ...simulated,
    /** What was asked of the accounts list, as readable lines. */
    asked: async () =>
      (await control.requests())
        .filter(({ path }) => path.endsWith("/accounts"))
        .map(
          ({ query, status }) =>
            `${String(query["filters"] ?? query["sorters"])} ${String(query["offset"])} ${status}`,
        ),
  };
}

/** The same after its first pass. */
export async function loadedSailPoint(options: SailPointOptions = {}, more: JsonObject = {}) {
  const up = await sailPointUpstream(options, more);
  const { pages, error } = await up.poll(null);
  expect(error).toBeNull();
  await up.control.clearRequests();
  return { ...up, cursor: lastCursor(pages) };
}

/** Ids in order; an id that came twice is there twice. */
export function idsOf(observations: readonly Observation[]): string[] {
  return observations.map(({ id }) => id).sort();
}

/** Ids in order, each once. */
export function distinct(ids: readonly string[]): string[] {
  return [...new Set(ids)].sort();
}
