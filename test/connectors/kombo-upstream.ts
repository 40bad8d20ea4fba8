import { expect } from "vitest";
import { kombo } from "../../src/connectors/kombo/index.ts";
import type { Observation } from "../../src/core/account.ts";
import type { JsonObject } from "../../src/core/json.ts";
import { type KomboOptions, startKombo } from "../../src/sandbox/upstreams/kombo/index.ts";
import { connectorHarness, lastCursor } from "../support/connector-harness.ts";

const open: (() => Promise<void>)[] = [];
/** Made when a user is served, so not part of the truth. */
const served = new Set(["changed_at", "remote_deleted_at"]);

/** Ends what the tests of a file have started. */
export async function closeUpstreams(): Promise<void> {
  for (const close of open.splice(0)) await close();
}

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
  const harness = connectorHarness(kombo, settings, [settings.apiKey]);
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
      return new Map(accounts.map(({ id, record }) => [id, shown(record as JsonObject)]));
    },
    /** Lets time pass, here and there. */
    async pass(ms: number): Promise<void> {
      await harness.clock.sleep(ms, new AbortController().signal);
      await control.advance(ms);
    },
    ids: async () => (await control.truth()).accounts.map(({ id }) => id).sort(),
  };
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

/** What a consumer knows after some observations. */
export function folded(observations: readonly Observation[], known = new Map<string, JsonObject>()) {
  for (const observation of observations) {
    if ("gone" in observation) known.delete(observation.id);
    if ("document" in observation) known.set(observation.id, shown(observation.document.attributes));
  }
  return known;
}

function shown(record: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !served.has(name)));
}
