import type { JsonValue } from "../../core/json.ts";
import type { ConnectorContext } from "../../ports/connector.ts";
import type { HttpRequest, HttpResponse } from "../../ports/http.ts";
import { refusal } from "../../sdk/refusal.ts";
import { answeredAt } from "../utc-time.ts";
import { vendorText } from "../vendor-text.ts";
import { type ItemPage, type Next, errorIn, pageIn, unexpected } from "./answer.ts";
import { authorizedClient } from "./authorized-client.ts";
import { valueAt } from "./member-path.ts";
import { styleOf } from "./pagination-schema.ts";
import type { ListRequest } from "./request-schema.ts";
import { type LookUpRequest, type RestSettings, sweepRequestOf } from "./settings.ts";
import { type Values, filled, filledText } from "./template.ts";
import { timeOf, written } from "./timestamp.ts";

/** One page of a list, and when it was read. */
export interface DatedPage extends ItemPage {
  /** The upstream's clock. */
  answeredAt: string;
}

/** What the settings say can be asked. `next` is null for the first page. */
export interface RestApi {
  /**
   * @param since ISO-8601 UTC; null: all changes ever.
   * @returns null when the upstream does not accept `next` any more
   */
  changes(since: string | null, next: Next | null): Promise<DatedPage | null>;
  /** @returns null when the upstream does not accept `next` any more */
  everything(next: Next | null): Promise<DatedPage | null>;
  /** What is shown for an id: at most one item that has it, unless the upstream ignores what it is asked for. */
  look(id: string, request: LookUpRequest): Promise<JsonValue[]>;
}

/** How upstreams say that a cursor, a page or an address is not one of theirs. */
const refusesPlace = new Set([400, 404, 410, 422]);

/** An upstream as its settings describe it. */
export function restApi(context: ConnectorContext<RestSettings>): RestApi {
  const { settings, clock } = context;
  const { pagination, incremental, request, errorPath } = settings;
  const http = authorizedClient(context);
  const root = settings.baseUrl.replace(/\/+$/, "");
  const { origin } = new URL(root);
  const style = styleOf(pagination);

  function headersOf(values: Values, body: string | undefined): Record<string, string> {
    const headers: Record<string, string> = { accept: "application/json" };
    if (body !== undefined) headers["content-type"] = "application/json";
    for (const [name, template] of Object.entries(request.headers)) {
      const value = filledText(template, values);
      if (value !== undefined) headers[name.toLowerCase()] = String(value);
    }
    return headers;
  }

  function ask(
    url: URL,
    values: Values,
    more: Pick<HttpRequest, "method" | "body"> = {},
  ): Promise<HttpResponse> {
    return http.request({
      ...more,
      url: url.href,
      headers: headersOf(values, more.body),
      judge(response) {
        const text = response.status < 300 ? errorIn(response, errorPath) : null;
        return text === null ? null : { verdict: "retry", afterMs: null, text: http.redact(text) };
      },
    });
  }

  function addressOf(path: string, query: ListRequest["query"], values: Values): URL {
    const safe = Object.entries(values).map(([name, value]) => [name, encodeURIComponent(value)]);
    const url = new URL(`${root}${filledText(path, Object.fromEntries(safe) as Values) ?? path}`);
    for (const [name, templates] of Object.entries(query)) {
      for (const template of Array.isArray(templates) ? templates : [templates]) {
        const value = typeof template === "string" ? filledText(template, values) : template;
        if (value !== undefined) url.searchParams.append(name, String(value));
      }
    }
    return url;
  }

  async function page(list: ListRequest, since: string | null, next: Next | null): Promise<DatedPage | null> {
    const { method, path, query, body } = list;
    const values: Values = {
      ...(pagination === undefined ? {} : { limit: pagination.limit }),
      ...(since === null || incremental === undefined ? {} : { since: written(since, incremental) }),
      ...(style === "page" ? { page: next ?? pagination?.page?.start ?? 1 } : {}),
      ...(style === "offset" ? { offset: next ?? 0 } : {}),
      ...(style === "cursor" && next !== null ? { cursor: next } : {}),
    };
    const isAddress = next !== null && (style === "nextUrl" || style === "linkHeader");
    const url = isAddress ? new URL(`${origin}${String(next)}`) : addressOf(path, query, values);
    const response = await ask(url, values, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(filled(body, values)) }),
    });
    if (next !== null && refusesPlace.has(response.status)) return null;
    if (!isFine(response)) throw refusal(http, response, vendorText(response));
    return { ...pageIn(response, settings, url), answeredAt: answeredAt(response.headers, clock.now()) };
  }

  return {
    changes: (since, next) => page(request, since, next),
    everything: (next) => page(sweepRequestOf(settings), timeOf(incremental?.start), next),
    async look(id, { path, query, item }) {
      const response = await ask(addressOf(path, query, { id }), { id });
      if (response.status === 404 || response.status === 410) return [];
      if (!isFine(response)) throw refusal(http, response, vendorText(response));
      const found = valueAt(response.json() as JsonValue, item);
      if (found === undefined) throw unexpected(response, "which does not look as `get.item` says");
      if (found === null) return [];
      return Array.isArray(found) ? found : [found];
    },
  };
}

function isFine({ status }: HttpResponse): boolean {
  return status >= 200 && status < 300;
}
