import { SourceHaltedError } from "../../core/errors.ts";
import { type JsonObject, type JsonValue, isJsonObject } from "../../core/json.ts";
import type { ConnectorContext } from "../../ports/connector.ts";
import type { HttpResponse } from "../../ports/http.ts";
import { authorized } from "../oauth.ts";
import { refusal } from "../../sdk/refusal.ts";
import { answeredAt } from "../utc-time.ts";
import { vendorText } from "../vendor-text.ts";
import { type SailPointSettings, apiRoot, tokenUrl } from "./settings.ts";

/** Which rows of a list. */
export interface Range {
  offset: number;
  limit: number;
  /** Asks for the total, which costs the upstream something. */
  count: boolean;
}

/** A part of a list, and how things stood when it was read. */
export interface ListPart {
  rows: JsonValue[];
  /** Rows of the whole list at that moment; null when not asked for or not told. */
  total: number | null;
  /** The upstream's clock. */
  answeredAt: string;
}

/** What a list is filtered and sorted by. */
export interface ListQuery {
  filters?: string;
  sorters?: string;
}

/** The calls of SailPoint's API that the connector makes. @see SailPoint "Accounts List", "Standard collection parameters" */
export interface SailPointApi {
  /** @throws SourceHaltedError `TIDEMARK_UPSTREAM_REJECTED_REQUEST` when the tenant does not accept the filter */
  accounts(query: ListQuery, range: Range): Promise<ListPart>;
  /** The account, or null when it is gone. */
  account(id: string): Promise<JsonObject | null>;
  /** The tenant's sources, or null when the credentials may not list them. */
  sources(range: Range): Promise<ListPart | null>;
}

/** SailPoint's API as one source's credentials see it. */
export function sailPointApi(context: ConnectorContext<SailPointSettings>): SailPointApi {
  const { settings, tokens, clock } = context;
  const root = apiRoot(settings);
  const http = authorized(context.http, tokens, {
    tokenUrl: tokenUrl(settings),
    clientId: settings.clientId,
    clientSecret: settings.clientSecret,
  });

  function ask(path: string, query?: URLSearchParams): Promise<HttpResponse> {
    const url = `${root}/${path}${query === undefined ? "" : `?${query.toString()}`}`;
    return http.request({ url, headers: { accept: "application/json" } });
  }

  function askList(path: string, query: ListQuery, range: Range): Promise<HttpResponse> {
    return ask(
      path,
      new URLSearchParams({
        ...(query.filters === undefined ? {} : { filters: query.filters }),
        ...(query.sorters === undefined ? {} : { sorters: query.sorters }),
        limit: String(range.limit),
        offset: String(range.offset),
        ...(range.count ? { count: "true" } : {}),
      }),
    );
  }

  function listPart(response: HttpResponse, range: Range): ListPart {
    const at = answeredAt(response.headers, clock.now());
    if (response.status === 400 && range.offset > 0 && isAboutOffset(response)) {
      return { rows: [], total: null, answeredAt: at };
    }
    if (response.status !== 200) throw refusal(http, response, vendorText(response));
    const rows = response.json();
    if (!Array.isArray(rows)) throw unexpected(response, "which is not the documented array");
    const total = response.headers["x-total-count"] ?? "";
    return { rows: rows as JsonValue[], total: /^\d+$/.test(total) ? Number(total) : null, answeredAt: at };
  }

  return {
    async accounts(query, range) {
      return listPart(await askList("accounts", query, range), range);
    },
    async account(id) {
      const response = await ask(`accounts/${encodeURIComponent(id)}`);
      // A gateway's 404 must not delete anything: only the vendor's own says that the account is gone.
      if (response.status === 404 && isVendorsFault(response)) return null;
      if (response.status !== 200) throw refusal(http, response, vendorText(response));
      const account = response.json();
      if (!isJsonObject(account)) throw unexpected(response, "which is not an account");
      return account;
    },
    async sources(range) {
      const response = await askList("sources", {}, range);
      return response.status === 403 || response.status === 404 ? null : listPart(response, range);
    },
  };
}

/** Some lists answer an offset behind their end with 400 instead of an empty page. */
function isAboutOffset(response: HttpResponse): boolean {
  return /offset/i.test(vendorText(response));
}

function isVendorsFault(response: HttpResponse): boolean {
  if (!response.body.startsWith("{")) return false;
  const body = response.json();
  return isJsonObject(body) && ("detailCode" in body || "messages" in body);
}

function unexpected(response: HttpResponse, how: string): SourceHaltedError {
  return new SourceHaltedError("TIDEMARK_UPSTREAM_UNEXPECTED", `${response.summary}, ${how}`);
}
