import { expect } from "vitest";
import { kombo } from "../../src/connectors/kombo/index.ts";
import type { JsonObject } from "../../src/core/json.ts";
import { type KomboOptions, startKombo } from "../../src/sandbox/upstreams/kombo/index.ts";
import { lastCursor } from "../support/connector-harness.ts";
import { foldedAs, simulatedUpstream } from "./simulated-upstream.ts";

export { closeUpstreams } from "./simulated-upstream.ts";

/** What a consumer knows after some observations. */
export const folded = foldedAs(shown);

/** Made when a user is served, so not part of the truth. */
const served = new Set(["changed_at", "remote_deleted_at"]);

/** A simulated integration and the connector that reads it. */
export async function komboUpstream(options: KomboOptions = {}, more: JsonObject = {}) {
  const upstream = await startKombo({
    accounts: 600,
    ...options,
    behaviour: { rateLimit: null, ...options.behaviour },
  });
  const settings = {
    baseUrl: `${upstream.url}/v1`,
    apiKey: "key",
    integrationId: "workday:acme",
    ...more,
  };
  return simulatedUpstream(kombo, upstream, { settings, secrets: [settings.apiKey], shown });
}

/** The same after its first pass, six minutes ago: past the overlap. */
export async function loadedKombo(options: KomboOptions = {}) {
  const up = await komboUpstream(options);
  const { pages, error } = await up.poll(null);
  expect(error).toBeNull();
  await up.pass(360_000);
  await up.control.clearRequests();
  return { ...up, cursor: lastCursor(pages) };
}

function shown(record: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !served.has(name)));
}
