import { expect } from "vitest";
import { lumos } from "../../src/connectors/lumos/index.ts";
import type { JsonObject } from "../../src/core/json.ts";
import { type LumosOptions, startLumos } from "../../src/sandbox/upstreams/lumos/index.ts";
import { lastCursor } from "../support/connector-harness.ts";
import { foldedAs, simulatedUpstream } from "./simulated-upstream.ts";

export { closeUpstreams } from "./simulated-upstream.ts";

/** What a consumer knows after some observations. */
export const folded = foldedAs(shown);

/** Those that are as the connector shows them: what it lists only when it is asked is left out. */
function shown(record: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(record).filter(([name, value]) => value !== null && name !== "custom_attributes"),
  );
}

/** A simulated connector and the one that reads it. @param path Behind the simulated host's address. */
export async function lumosUpstream(options: LumosOptions = {}, more: JsonObject = {}, path = "") {
  const upstream = await startLumos({ accounts: 250, ...options });
  const auth = "credentials" in more ? {} : { auth: { token: { token: "secret" } } };
  const settings = { baseUrl: `${upstream.url}${path}`, connectorId: "acme", ...auth, ...more };
  // No secret is known to the HTTP client: what the connector sends it must keep quiet about itself.
  const simulated = simulatedUpstream(lumos, upstream, { settings, secrets: [], shown });
  const { control } = simulated;
  return {
    ...simulated,
    /** The bodies of the calls of one capability, in order. */
    async asked(capability: string): Promise<Asked[]> {
      const requests = await control.requests();
      return requests
        .filter(({ path: asked }) => asked.endsWith(`/${capability}`))
        .map(({ body }) => JSON.parse(body) as Asked);
    },
  };
}

/** The body of a call. */
export interface Asked {
  auth?: JsonObject;
  credentials?: JsonObject[];
  request: JsonObject;
  page?: { token?: string; size?: number };
  settings?: JsonObject;
  rate_limit?: { last_known_state: JsonObject };
}

/** The same after its first pass. */
export async function loadedLumos(options: LumosOptions = {}, more: JsonObject = {}) {
  const up = await lumosUpstream(options, more);
  const { pages, error } = await up.poll(null);
  expect(error).toBeNull();
  await up.control.clearRequests();
  return { ...up, cursor: lastCursor(pages) };
}
