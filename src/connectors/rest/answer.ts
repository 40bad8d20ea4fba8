import { z } from "zod";
import { SourceHaltedError } from "../../core/errors.ts";
import { type JsonValue, isJsonObject } from "../../core/json.ts";
import type { HttpResponse } from "../../ports/http.ts";
import { nextLink } from "./link-header.ts";
import { type MemberPath, valueAt } from "./member-path.ts";
import type { RestSettings } from "./settings.ts";

/** Where a page of a list begins, in the words of its pagination: a page's number, an offset, a cursor, or an address on the upstream. */
export const nextSchema = z.union([z.string(), z.number()]);

/** Where a page of a list begins. */
export type Next = z.infer<typeof nextSchema>;

/** One page of a list. */
export interface ItemPage {
  items: JsonValue[];
  /** Where the answer says that the next page begins; null behind the last one, and where pages have numbers. */
  next: Next | null;
  /** Whether the answer says that more follows; null when it does not say. */
  more: boolean | null;
  /** Accounts of the whole list at that moment; null when not told. */
  total: number | null;
}

/**
 * What an answer holds.
 * @param askedUrl Relative addresses begin there.
 * @throws SourceHaltedError `TIDEMARK_UPSTREAM_UNEXPECTED` when it is not a page as the settings describe it
 */
export function pageIn(response: HttpResponse, settings: RestSettings, askedUrl: URL): ItemPage {
  const body = response.json() as JsonValue;
  const items = valueAt(body, settings.items);
  if (!Array.isArray(items)) throw unexpected(response, `which has no list at ${shown(settings.items)}`);
  const more = moreIn(response, settings);
  const next = nextIn(response, settings, askedUrl);
  if (more === true && next === null && !isNumbered(settings)) {
    throw unexpected(response, "which says that more follows, but not where");
  }
  const total = settings.sweep?.total === undefined ? undefined : valueAt(body, settings.sweep.total);
  return {
    items,
    next: more === false ? null : next,
    more,
    total: typeof total === "number" && Number.isInteger(total) && total >= 0 ? total : null,
  };
}

/** What an answer that looks fine says about an error, as one text; null when there is none. */
export function errorIn(response: HttpResponse, path: MemberPath | undefined): string | null {
  if (path === undefined || !/^\s*[[{]/.test(response.body)) return null;
  let said: JsonValue | undefined;
  try {
    said = valueAt(response.json() as JsonValue, path);
  } catch {
    return null;
  }
  if (said === undefined || isNothing(said)) return null;
  return typeof said === "string" ? said : JSON.stringify(said);
}

/** The error for an answer that does not look as the settings say. */
export function unexpected(response: HttpResponse, how: string): SourceHaltedError {
  return new SourceHaltedError("TIDEMARK_UPSTREAM_UNEXPECTED", `${response.summary}, ${how}`);
}

function isNumbered({ pagination }: RestSettings): boolean {
  return pagination?.page !== undefined || pagination?.offset !== undefined;
}

function moreIn(response: HttpResponse, { pagination }: RestSettings): boolean | null {
  if (pagination?.more === undefined) return null;
  const more = valueAt(response.json() as JsonValue, pagination.more);
  if (typeof more === "boolean") return more;
  throw unexpected(response, `which has neither true nor false at ${shown(pagination.more)}`);
}

function nextIn(response: HttpResponse, { pagination }: RestSettings, askedUrl: URL): Next | null {
  const { cursor, nextUrl, linkHeader } = pagination ?? {};
  if (cursor !== undefined) return tokenAt(response, cursor.path);
  const address =
    nextUrl !== undefined
      ? tokenAt(response, nextUrl.path)
      : linkHeader !== undefined
        ? nextLink(response.headers["link"])
        : null;
  return address === null ? null : ownAddress(response, String(address), askedUrl);
}

function tokenAt(response: HttpResponse, path: MemberPath): Next | null {
  const token = valueAt(response.json() as JsonValue, path) ?? null;
  if (token === null || token === "") return null;
  if (typeof token === "string" || typeof token === "number") return token;
  throw unexpected(response, `whose next page at ${shown(path)} is neither a text nor a number`);
}

/** Credentials go along with the next request: they must not be lured to another server. */
function ownAddress(response: HttpResponse, address: string, askedUrl: URL): string {
  const url = URL.parse(address, askedUrl.href);
  if (url?.origin === askedUrl.origin) return `${url.pathname}${url.search}`;
  throw unexpected(response, "whose next page is not on the same server");
}

function isNothing(value: JsonValue): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (isJsonObject(value)) return Object.keys(value).length === 0;
  return value === null || value === false || value === "" || value === 0;
}

function shown(path: MemberPath): string {
  const text = typeof path === "string" ? path : path.join(".");
  return text === "" ? "its top" : text;
}
