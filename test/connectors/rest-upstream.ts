import { rest } from "../../src/connectors/rest/index.ts";
import type { JsonObject } from "../../src/core/json.ts";
import { type ServiceOptions, type Style, startService } from "./rest-service.ts";
import { simulatedUpstream } from "./simulated-upstream.ts";

export { closeUpstreams } from "./simulated-upstream.ts";

/** How each style of the service is described. */
const described: Record<
  Style,
  { items: JsonObject["x"]; pagination: JsonObject | null; place: JsonObject; total: string | null }
> = {
  single: { items: [], pagination: null, place: {}, total: null },
  page: { items: "users", pagination: { page: {} }, place: { page: "{{ page }}" }, total: "meta.total" },
  offset: { items: [], pagination: { offset: {} }, place: { offset: "{{ offset }}" }, total: null },
  cursor: {
    items: "data.results",
    pagination: { cursor: { path: "data.next" } },
    place: { after: "{{ cursor }}" },
    total: "data.total",
  },
  nextUrl: { items: "value", pagination: { nextUrl: { path: ["@service.next"] } }, place: {}, total: null },
  linkHeader: { items: [], pagination: { linkHeader: {} }, place: {}, total: null },
  search: {
    items: "data.results",
    pagination: { cursor: { path: "data.next" } },
    place: { after: "{{ cursor }}" },
    total: "data.total",
  },
};

/** What else the settings of a test say. */
export interface Described {
  style: Style;
  /** Whether polls ask what changed. */
  incremental?: JsonObject | null;
  /** Whether answers say if more follows, and where. */
  more?: string | null;
  limit?: number;
  /** Whether accounts can be asked for by themselves. */
  looksUp?: boolean;
  settings?: JsonObject;
}

/** The settings for one style of the service. */
export function settingsOf(
  url: string,
  { style, incremental = {}, more = null, limit = 20, looksUp = true, settings = {} }: Described,
): JsonObject {
  const { items, pagination, place, total } = described[style];
  const since: JsonObject = incremental === null ? {} : { since: "{{ since }}" };
  const request =
    style === "search"
      ? {
          method: "POST",
          path: "/search/users",
          body: { ...since, ...place, deleted: true, page: { size: "{{ limit }}" } },
        }
      : {
          path: `/${style}/users`,
          query: {
            ...since,
            ...place,
            deleted: true,
            ...(pagination === null ? {} : { size: "{{ limit }}" }),
          },
        };
  return {
    baseUrl: `${url}/api`,
    request,
    items: items ?? [],
    ...(pagination === null
      ? {}
      : { pagination: { ...pagination, limit, ...(more === null ? {} : { more }) } }),
    account: {
      userName: "login",
      givenName: "name.given",
      familyName: "name.family",
      email: "email",
      status: { path: "active", values: { true: "active", false: "inactive" } },
      kind: "person",
      createdAt: "created",
      updatedAt: "updated",
    },
    deleted: { path: "deleted" },
    errorPath: "error",
    ...(incremental === null
      ? {}
      : { incremental: { path: "updated", precision: "millisecond", ...incremental } }),
    sweep: total === null ? {} : { total },
    ...(looksUp ? { get: { path: "/users/{{ id }}", item: "user" } } : {}),
    ...settings,
  };
}

/** A simulated service and the connector that reads it. */
export async function restUpstream(described: Described, { behaviour, ...options }: ServiceOptions = {}) {
  const upstream = await startService({
    accounts: 50,
    ...options,
    behaviour: { rateLimit: null, ...behaviour },
  });
  const settings = settingsOf(upstream.url, described);
  const secrets = ["a-secret-value"];
  return { ...simulatedUpstream(rest, upstream, { settings, secrets }), settings, url: upstream.url };
}
