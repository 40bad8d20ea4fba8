import { rest } from "../../src/connectors/rest/index.ts";
import { type JsonObject, type JsonValue, isJsonObject } from "../../src/core/json.ts";
import { type RestOptions, startRest } from "../../src/sandbox/upstreams/rest/index.ts";
import type { RestStyle } from "../../src/sandbox/upstreams/rest/query.ts";
import { restServiceSettings } from "../../src/sandbox/upstreams/rest/settings.ts";
import { simulatedUpstream } from "./simulated-upstream.ts";

export { closeUpstreams } from "./simulated-upstream.ts";

/** What else the settings of a test say. */
export interface Described {
  style: RestStyle;
  /** Whether polls ask what changed. */
  incremental?: JsonObject | null;
  /** Whether answers say if more follows, and where. */
  more?: string | null;
  limit?: number;
  /** Whether accounts can be asked for by themselves. */
  looksUp?: boolean;
  settings?: JsonObject;
}

/** The settings for one style of the service, without credentials. */
export function settingsOf(
  url: string,
  { style, incremental = {}, more = null, limit = 20, looksUp = true, settings = {} }: Described,
): JsonObject {
  const {
    auth: _auth,
    request,
    pagination,
    incremental: polled,
    get,
    ...base
  } = restServiceSettings(url, style);
  return {
    ...base,
    request: incremental === null ? withoutSince(request) : (request ?? null),
    ...(isJsonObject(pagination)
      ? { pagination: { ...pagination, limit, ...(more === null ? {} : { more }) } }
      : {}),
    ...(incremental === null || !isJsonObject(polled) ? {} : { incremental: { ...polled, ...incremental } }),
    ...(looksUp ? { get: get ?? null } : {}),
    ...settings,
  };
}

/** A request that does not ask what changed. */
function withoutSince(request: JsonValue | undefined): JsonObject {
  if (!isJsonObject(request)) return {};
  return Object.fromEntries(
    Object.entries(request).map(([name, value]) => {
      if (!isJsonObject(value)) return [name, value];
      const { since: _since, ...others } = value;
      return [name, others];
    }),
  );
}

/** A simulated service and the connector that reads it. */
export async function restUpstream(described: Described, { behaviour, ...options }: RestOptions = {}) {
  const upstream = await startRest({
    accounts: 50,
    admits: () => true,
    ...options,
    behaviour: { rateLimit: null, ...behaviour },
  });
  const settings = settingsOf(upstream.url, described);
  const secrets = ["a-secret-value"];
  return { ...simulatedUpstream(rest, upstream, { settings, secrets }), settings, url: upstream.url };
}
