import { SourceHaltedError } from "../../core/errors.ts";
import { type JsonValue, isJsonObject } from "../../core/json.ts";
import type { ConnectorContext } from "../../ports/connector.ts";
import { answeredAt } from "../utc-time.ts";
import { isUnknownId, judge, komboError, komboRefusal } from "./error-codes.ts";
import { type KomboSettings, apiRoot } from "./settings.ts";

/** The most that Kombo gives at once. */
const pageSize = 250;

/** Which users; every filter goes along with every page. */
export interface UserFilter {
  /** ISO-8601 UTC with milliseconds. */
  updatedAfter?: string;
  ids?: readonly string[];
}

/** One page of users, the deleted ones included. */
export interface UserPage {
  rows: JsonValue[];
  /** Where the next page begins; null behind the last one. */
  next: string | null;
  /** The upstream's clock. */
  answeredAt: string;
}

/** The call of Kombo's API that the connector makes. @see Kombo "Get users" (ATS) */
export interface KomboApi {
  /**
   * @param next From the page before; null for the first one.
   * @returns null when an id that was asked for does not exist: older versions answer 404 then
   * @throws SourceHaltedError `TIDEMARK_UPSTREAM_REJECTED_REQUEST` when `next` is not accepted any more
   */
  users(filter: UserFilter, next: string | null, limit?: number): Promise<UserPage | null>;
}

/** Kombo's API as one integration's key sees it. */
export function komboApi({ settings, http, clock }: ConnectorContext<KomboSettings>): KomboApi {
  const headers = {
    accept: "application/json",
    authorization: `Bearer ${settings.apiKey}`,
    "x-integration-id": settings.integrationId,
  };

  return {
    async users({ updatedAfter, ids }, next, limit = pageSize) {
      const query = new URLSearchParams({
        page_size: String(limit),
        // Without it, deleted users just vanish.
        include_deleted: "true",
        ...(updatedAfter === undefined ? {} : { updated_after: updatedAfter }),
        ...(ids === undefined ? {} : { ids: ids.join(",") }),
        ...(next === null ? {} : { cursor: next }),
      });
      const url = `${apiRoot(settings)}/ats/users?${query.toString()}`;
      const response = await http.request({ url, headers, judge });
      if (ids !== undefined && isUnknownId(response)) return null;
      if (response.status !== 200 || komboError(response) !== null) throw komboRefusal(http, response);
      const body = response.json();
      const data = isJsonObject(body) ? body["data"] : undefined;
      if (!isJsonObject(data) || !Array.isArray(data["results"]) || !isNext(data["next"])) {
        throw new SourceHaltedError(
          "TIDEMARK_UPSTREAM_UNEXPECTED",
          `${response.summary}, which is not a page of users`,
        );
      }
      return {
        rows: data["results"],
        next: data["next"] === "" ? null : data["next"],
        answeredAt: answeredAt(response.headers, clock.now()),
      };
    },
  };
}

/** A page that does not say whether more follows must not pass for the last one. */
function isNext(next: JsonValue | undefined): next is string | null {
  return next === null || typeof next === "string";
}
