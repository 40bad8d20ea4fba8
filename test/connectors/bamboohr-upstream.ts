import { expect } from "vitest";
import { bamboohr } from "../../src/connectors/bamboohr/index.ts";
import { defaultFields } from "../../src/connectors/bamboohr/settings.ts";
import type { Observation } from "../../src/core/account.ts";
import type { JsonObject, JsonValue } from "../../src/core/json.ts";
import { type BambooHrOptions, startBambooHr } from "../../src/sandbox/upstreams/bamboohr/index.ts";
import { connectorHarness, lastCursor } from "../support/connector-harness.ts";

const open: (() => Promise<void>)[] = [];

/** Ends what the tests of a file have started. */
export async function closeUpstreams(): Promise<void> {
  for (const close of open.splice(0)) await close();
}

/** A simulated company and the connector that reads it. */
export async function bambooHrUpstream(options: BambooHrOptions = {}, more: JsonObject = {}, path = "") {
  const upstream = await startBambooHr({ accounts: 250, ...options });
  const settings = { baseUrl: `${upstream.url}${path}`, apiKey: "key", ...more };
  const harness = connectorHarness(bamboohr, settings, [settings.apiKey]);
  open.push(
    () => harness.close(),
    () => upstream.close(),
  );
  const { control } = upstream;
  const requests = async (part: string) =>
    (await control.requests()).filter(({ path }) => path.includes(part));
  return {
    ...harness,
    control,
    requests,
    /** How many employees were asked for one by one. */
    hydrated: async () => (await requests("/employees/")).filter(({ path }) => /\/\d+$/.test(path)).length,
    /** Every employee as it is, with the fields that are asked for. */
    async truth(): Promise<Map<string, JsonObject>> {
      const { accounts } = await control.truth();
      return new Map(accounts.map(({ id, record }) => [id, shown(record as JsonObject)]));
    },
  };
}

/** The same after its first pass. */
export async function loadedBambooHr(options: BambooHrOptions = {}, more: JsonObject = {}) {
  const up = await bambooHrUpstream(options, more);
  const { pages, error } = await up.poll(null);
  expect(error).toBeNull();
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
  const names = ["id", ...defaultFields].filter((name) => (record[name] ?? null) !== null);
  return Object.fromEntries(names.map((name): [string, JsonValue] => [name, record[name] ?? null]));
}
