import type { JsonObject } from "../core/json.ts";

/** Settings that let the connector `rest` watch the simulated Kombo, as docs/rest.md has them. @param url Without a path. */
export function komboThroughRest(url: string): JsonObject {
  return {
    baseUrl: `${url}/v1`,
    auth: { bearer: { token: "key" } },
    request: {
      path: "/ats/users",
      headers: { "X-Integration-Id": "workday:acme" },
      query: {
        updated_after: "{{ since }}",
        include_deleted: true,
        page_size: "{{ limit }}",
        cursor: "{{ cursor }}",
      },
    },
    pagination: { cursor: { path: "data.next" }, limit: 250 },
    items: "data.results",
    errorPath: "error",
    account: {
      givenName: "first_name",
      familyName: "last_name",
      email: "email",
      status: { path: "status", values: { ACTIVE: "active", INACTIVE: "inactive" } },
      updatedAt: "changed_at",
    },
    deleted: { path: "remote_deleted_at" },
    incremental: { path: "changed_at", precision: "millisecond" },
    sweep: {},
    get: { path: "/ats/users", query: { ids: "{{ id }}", include_deleted: true }, item: "data.results" },
  };
}
