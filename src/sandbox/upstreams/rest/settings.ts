import type { JsonObject } from "../../../core/json.ts";
import type { RestStyle } from "./query.ts";

interface Described {
  items: string | string[];
  pagination: JsonObject | null;
  /** How a request says which page it wants. */
  place: JsonObject;
  /** Where the answer has the length of the list. */
  total: string | null;
}

const described: Record<RestStyle, Described> = {
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

/** Settings of the connector `rest` for one style of the simulated service. @param url Without a path. */
export function restServiceSettings(url: string, style: RestStyle): JsonObject {
  const { items, pagination, place, total } = described[style];
  const since = "{{ since }}";
  const size = "{{ limit }}";
  return {
    baseUrl: `${url}/api`,
    auth: { bearer: { token: "secret" } },
    request:
      style === "search"
        ? { method: "POST", path: "/search/users", body: { since, ...place, deleted: true, page: { size } } }
        : {
            path: `/${style}/users`,
            query: { since, ...place, deleted: true, ...(pagination === null ? {} : { size }) },
          },
    items,
    ...(pagination === null ? {} : { pagination: { ...pagination, limit: 100 } }),
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
    incremental: { path: "updated", precision: "millisecond" },
    sweep: total === null ? {} : { total },
    get: { path: "/users/{{ id }}", item: "user" },
  };
}
