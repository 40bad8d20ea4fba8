import { expect } from "vitest";
import { bamboohr } from "../../src/connectors/bamboohr/index.ts";
import { defaultFields } from "../../src/connectors/bamboohr/settings.ts";
import type { JsonObject, JsonValue } from "../../src/core/json.ts";
import { type BambooHrOptions, startBambooHr } from "../../src/sandbox/upstreams/bamboohr/index.ts";
import { lastCursor } from "../support/connector-harness.ts";
import { foldedAs, simulatedUpstream } from "./simulated-upstream.ts";

export { closeUpstreams } from "./simulated-upstream.ts";

/** What a consumer knows after some observations. */
export const folded = foldedAs(shown);

/** A simulated company and the connector that reads it. */
export async function bambooHrUpstream(options: BambooHrOptions = {}, more: JsonObject = {}, path = "") {
  const upstream = await startBambooHr({ accounts: 250, ...options });
  const settings = { baseUrl: `${upstream.url}${path}`, apiKey: "key", ...more };
  const simulated = simulatedUpstream(bamboohr, upstream, { settings, secrets: [settings.apiKey], shown });
  const { control } = simulated;
  const requests = async (part: string) =>
    (await control.requests()).filter(({ path }) => path.includes(part));
  return {
    ...simulated,
    requests,
    /** How many employees were asked for one by one. */
    hydrated: async () => (await requests("/employees/")).filter(({ path }) => /\/\d+$/.test(path)).length,
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

function shown(record: JsonObject): JsonObject {
  const names = ["id", ...defaultFields].filter((name) => (record[name] ?? null) !== null);
  return Object.fromEntries(names.map((name): [string, JsonValue] => [name, record[name] ?? null]));
}
