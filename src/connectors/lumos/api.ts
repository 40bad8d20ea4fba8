import type { SourceHaltedError } from "../../core/errors.ts";
import { type JsonObject, type JsonValue, isJsonObject } from "../../core/json.ts";
import type { ConnectorContext } from "../../ports/connector.ts";
import { utcTime } from "../utc-time.ts";
import { type Answer, type LimitStates, lumosCalls, unexpected } from "./call.ts";
import type { RefusalKind } from "./failure.ts";
import { type LumosSettings, customOf } from "./settings.ts";
import { tokenOf } from "./walk.ts";

/** The capabilities that answer with pages of accounts. */
export type Listing = "list_accounts" | "list_updated_accounts";

/** One page of accounts, or why there is none. */
export type AccountsPage =
  | {
      refused: null;
      accounts: JsonValue[];
      /** Begins the next pass; null when this page has none. */
      cursor: string | null;
      nextToken: string | null;
      /** The upstream's clock. */
      answeredAt: string;
    }
  | { refused: RefusalKind; error: SourceHaltedError };

/** The calls of a Lumos connector that Tidemark makes. @see Lumos "Connector API" */
export interface LumosApi {
  /** @param request The same for every page of a chain, and so is the size. */
  page(
    listing: Listing,
    request: JsonObject,
    page: { token: string | null; size: number },
  ): Promise<AccountsPage>;
  account(id: string): Promise<JsonObject | "gone" | "forbidden" | "not-offered">;
  /** When the connector's data on changes was refreshed last (`at`: null when it cannot tell now). */
  recency(): Promise<{ at: string | null } | "not-offered">;
  /** Whether the connector says that it has a capability; null when it does not say what it has. */
  offers(capability: string): Promise<boolean | null>;
  limits(): LimitStates;
}

/** A connector's API as one source's credentials see it. @param known Limits as they were last told. */
export function lumosApi(context: ConnectorContext<LumosSettings>, known: LimitStates = {}): LumosApi {
  const calls = lumosCalls(context, known);
  const custom = customOf(context.settings);

  return {
    limits: calls.limits,

    async page(listing, request, { token, size }) {
      const page = token === null ? { size } : { token, size };
      const answer = await calls.call(listing, { request, page });
      if (answer.refused !== null) return answer;
      const { response, page: next } = answer.body;
      const accounts =
        listing === "list_accounts" ? response : isJsonObject(response) ? response["accounts"] : null;
      // Never read as "no change": that would move the cursor past changes.
      if (!Array.isArray(accounts)) throw unexpected(answer.summary, "a page of accounts");
      return {
        refused: null,
        accounts,
        cursor: isJsonObject(response) ? tokenOf(response["cursor"]) : null,
        nextToken: isJsonObject(next) ? tokenOf(next["token"]) : null,
        answeredAt: answer.answeredAt,
      };
    },

    async account(id) {
      const answer = await calls.call("get_account", { request: { account_id: id, ...custom } });
      // The envelope's word is about the account; a 404 of HTTP is about the capability.
      if (answer.refused === "not-found") return "gone";
      if (answer.refused === "not-offered" || answer.refused === "forbidden") return answer.refused;
      const { response } = answered(answer).body;
      if (!isJsonObject(response)) throw unexpected(answered(answer).summary, "an account");
      return response;
    },

    async recency() {
      const answer = await calls.call("get_data_recency", { request: {} });
      // Whatever is wrong, it is not worth stopping a poll that may do without.
      if (answer.refused !== null) return "not-offered";
      const { response } = answer.body;
      const data = isJsonObject(response) ? response["data"] : null;
      if (!isJsonObject(data) || data["list_updated_accounts"] === undefined) return "not-offered";
      return { at: utcTime(data["list_updated_accounts"]) };
    },

    async offers(capability) {
      const info = await calls.call("info", { request: {} });
      const listed =
        info.refused === null && isJsonObject(info.body["response"]) ? info.body["response"] : {};
      if (Array.isArray(listed["capabilities"])) return listed["capabilities"].includes(capability);
      const app = await calls.call("app_info", { request: {} });
      const told = app.refused === null && isJsonObject(app.body["response"]) ? app.body["response"] : {};
      const paths = isJsonObject(told["app_schema"]) ? told["app_schema"]["paths"] : null;
      if (!isJsonObject(paths)) return null;
      return Object.keys(paths).some((path) => path.split("/").at(-1) === capability);
    },
  };
}

function answered(answer: Answer): Answer & { refused: null } {
  if (answer.refused !== null) throw answer.error;
  return answer;
}
