import { SourceHaltedError } from "../../core/errors.ts";
import { type JsonValue, isJsonObject } from "../../core/json.ts";
import type { ConnectorContext } from "../../ports/connector.ts";
import { refusal } from "../../sdk/refusal.ts";
import { vendorText } from "../vendor-text.ts";
import type { CenturySettings } from "./settings.ts";

/** The most that CENTURY gives at once. */
const pageSize = 100;

/** One page of users. */
export interface UserPage {
  rows: JsonValue[];
  /** Where the next page begins; null behind the last one. */
  next: string | null;
  /** Users of the whole list at that moment; null when not told. */
  total: number | null;
}

/** The call of CENTURY's API that the connector makes. @see CENTURY Connect "List users" */
export interface CenturyApi {
  /**
   * Users in the order in which they were created: those that come while the list is read come last.
   * @param next From the page before; null for the first one.
   * @throws SourceHaltedError `TIDEMARK_UPSTREAM_REJECTED_REQUEST` when `next` is not accepted any more
   */
  users(next: string | null, limit?: number): Promise<UserPage>;
  /** @param ids At most 30. */
  usersWithIds(ids: readonly string[]): Promise<UserPage>;
}

/** CENTURY's API as one key sees it. */
export function centuryApi({ settings, http }: ConnectorContext<CenturySettings>): CenturyApi {
  const root = settings.baseUrl.replace(/\/+$/, "");
  const headers = { accept: "application/json", "x-api-key": settings.apiKey };

  async function page(query: URLSearchParams): Promise<UserPage> {
    const response = await http.request({ url: `${root}/users?${query.toString()}`, headers });
    if (response.status !== 200) throw refusal(http, response, vendorText(response));
    const body = response.json();
    const rows = isJsonObject(body) ? body["data"] : undefined;
    const pagination = isJsonObject(body) ? body["pagination"] : undefined;
    const next = isJsonObject(pagination) ? (pagination["nextCursor"] ?? "") : undefined;
    if (!Array.isArray(rows) || !isJsonObject(pagination) || typeof next !== "string") {
      throw new SourceHaltedError(
        "TIDEMARK_UPSTREAM_UNEXPECTED",
        `${response.summary}, which is not a page of users`,
      );
    }
    const total = pagination["total"];
    return {
      rows,
      next: next === "" ? null : next,
      total: typeof total === "number" && Number.isInteger(total) && total >= 0 ? total : null,
    };
  }

  return {
    users(next, limit = pageSize) {
      // Whether a cursor carries order and limit with it is not documented, so both go along with every page.
      const query = new URLSearchParams({
        "sort[field]": "createdAt",
        "sort[direction]": "asc",
        limit: String(limit),
        ...(next === null ? {} : { cursor: next }),
      });
      return page(query);
    },
    usersWithIds(ids) {
      const query = new URLSearchParams({ limit: String(pageSize) });
      for (const id of ids) query.append("userId", id);
      return page(query);
    },
  };
}
