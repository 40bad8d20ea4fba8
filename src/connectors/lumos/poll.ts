import { RetryableError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import type { ConnectorContext, Page } from "../../ports/connector.ts";
import { warnIfAhead } from "../warn-if-ahead.ts";
import { observe } from "./account.ts";
import { type AccountsPage, type LumosApi, lumosApi } from "./api.ts";
import { type LumosCursor, type LumosPass, beforeAll } from "./cursor.ts";
import { freshness } from "./recency.ts";
import { type LumosSettings, customOf } from "./settings.ts";
import { firstPage, isEmptyEnd, nextPage } from "./walk.ts";

/**
 * How far before the last pass one begins that has no cursor to go on from. What is read again and did not change produces
 * nothing downstream.
 */
export const overlapMs = 3_600_000;

/** Updated since then is everything. */
const dawn = "1970-01-01T00:00:00Z";

type Context = ConnectorContext<LumosSettings> & { cursor: LumosCursor | null };

/** One pass forward: the first time the list of accounts (where there is one) and all updates, then the updates since the cursor. */
export async function* poll(context: Context): AsyncGenerator<Page<LumosCursor>, void, void> {
  const api = lumosApi(context, context.cursor?.limits);
  let cursor = await begun(context.cursor ?? beforeAll, api, context);
  if (cursor.pass === null) yield { observations: [], rejected: [], cursor };
  for (let pass: LumosPass | null = cursor.pass; pass !== null; pass = cursor.pass) {
    const { listing, request, walk, size } = pass;
    const read = () => api.page(listing, request, { token: walk.token, size });
    const first = await read();
    // That nothing was updated is nothing unusual.
    const mayBeEmpty = listing === "list_updated_accounts" && walk.token === null;
    const answer = first.refused === null && isEmptyEnd(first) && !mayBeEmpty ? await read() : first;
    const isRead = answer.refused === null;
    const step = isRead ? readOn(cursor, pass, answer, context) : wayAround(cursor, pass, answer, context);
    cursor = { ...step.cursor, limits: api.limits() };
    if (isRead || step.error !== null) yield { ...observe(isRead ? answer.accounts : []), cursor };
    if (step.error !== null) throw step.error;
  }
}

/** The cursor with a pass underway, or without one when nothing can have changed since the last. */
async function begun(
  cursor: LumosCursor,
  api: LumosApi,
  { settings, clock, log }: Context,
): Promise<LumosCursor> {
  if (cursor.pass !== null) return cursor;
  const { isUnchanged, recency, askRecencyAt } = await freshness(api, cursor, { nowMs: clock.now(), log });
  const pass = isUnchanged ? null : beginning(cursor, settings, recency);
  return { ...cursor, askRecencyAt, limits: api.limits(), pass };
}

function beginning(cursor: LumosCursor, settings: LumosSettings, recency: string | null): LumosPass {
  const common = { size: settings.pageSize, walk: firstPage, startedAt: null, recency, newCursor: null };
  const custom = customOf(settings);
  if (cursor.since === null) {
    return { ...common, listing: "list_accounts", request: custom, hasRestarted: false };
  }
  const from = cursor.cursor === null ? { since: cursor.since } : { cursor: cursor.cursor };
  return {
    ...common,
    listing: "list_updated_accounts",
    request: { ...from, ...custom },
    hasRestarted: false,
  };
}

/** Where a pass stands after a page, and why it must not go on from there. */
interface Step {
  cursor: LumosCursor;
  error: Error | null;
}

function readOn(
  cursor: LumosCursor,
  pass: LumosPass,
  page: AccountsPage & { refused: null },
  context: Context,
): Step {
  if (pass.startedAt === null) warnIfAhead("lumos", pass.recency, page.answeredAt, context.log);
  const read: LumosPass = {
    ...pass,
    startedAt: pass.startedAt ?? page.answeredAt,
    newCursor: page.cursor ?? pass.newCursor,
  };
  const next = nextPage(pass.walk, page.nextToken);
  if (next === "circle") {
    return {
      cursor: { ...cursor, pass: restarted(pass) },
      error: lostPlace("a page token came a second time"),
    };
  }
  if (next === "end") {
    const isEmpty = pass.walk.token === null && page.accounts.length === 0 && read.newCursor === null;
    return { cursor: afterListing(cursor, read, { ...context, isEmpty }), error: null };
  }
  return { cursor: { ...cursor, pass: { ...read, walk: next } }, error: null };
}

/** The pass with its list behind it, or the end of the pass. */
function afterListing(
  cursor: LumosCursor,
  pass: LumosPass,
  { settings, clock, isEmpty }: Context & { isEmpty: boolean },
): LumosCursor {
  if (pass.listing === "list_accounts") return { ...cursor, pass: onToUpdates(pass, settings) };
  const upTo = [pass.startedAt, pass.recency].filter((at) => at !== null).sort()[0];
  // An answer that is empty by mistake must not hide what was updated before it.
  const since =
    isEmpty || upTo === undefined
      ? new Date(settings.since ?? dawn).toISOString()
      : new Date(Date.parse(upTo) - overlapMs).toISOString();
  return {
    ...cursor,
    cursor: pass.newCursor ?? cursor.cursor,
    since:
      [cursor.since, since]
        .filter((at) => at !== null)
        .sort()
        .at(-1) ?? null,
    recency: pass.recency,
    polledAt: new Date(clock.now()).toISOString(),
    pass: null,
  };
}

function onToUpdates(pass: LumosPass, settings: LumosSettings): LumosPass {
  const request = { since: settings.since ?? dawn, ...customOf(settings) };
  return { ...pass, listing: "list_updated_accounts", request, walk: firstPage };
}

/**
 * What to do about a refusal: go on at once, or (`error`) leave the place that is told and end the pass.
 * @throws SourceHaltedError when there is no way around it
 */
function wayAround(
  cursor: LumosCursor,
  pass: LumosPass,
  { refused, error }: Exclude<AccountsPage, { refused: null }>,
  { settings, log }: Context,
): Step {
  if (refused === "not-offered" && pass.listing === "list_accounts") {
    return { cursor: { ...cursor, pass: onToUpdates(pass, settings) }, error: null };
  }
  if (pass.walk.token !== null && (refused === "page-token" || refused === "request")) {
    // A token that is refused by another name than its own may be innocent: then the pass would start anew for ever.
    const isHopeless = refused === "request" && pass.hasRestarted;
    return {
      cursor: { ...cursor, pass: restarted(pass) },
      error: isHopeless ? error : lostPlace(error.message),
    };
  }
  if (refused !== "request" || pass.listing === "list_accounts") throw error;
  // Which part of a request is wrong is told in words only: the part is found by leaving it out.
  const { cursor: asked, since: bound, ...rest } = pass.request;
  if (asked === undefined && bound === undefined) throw error;
  const request: JsonObject =
    asked === undefined || cursor.since === null ? rest : { ...rest, since: cursor.since };
  log.warn("lumos.cursor.refused", { reason: error.message, from: request["since"] ?? "all there is" });
  return { cursor: { ...cursor, cursor: null, pass: { ...pass, request } }, error: null };
}

/** From the first page, with the clock of its first start: what changed meanwhile is read again by the next pass. */
function restarted(pass: LumosPass): LumosPass {
  return { ...pass, walk: firstPage, newCursor: null, hasRestarted: true };
}

function lostPlace(why: string): RetryableError {
  return new RetryableError(
    "TIDEMARK_UPSTREAM_UNAVAILABLE",
    `The pass starts again with its first page: ${why}`,
  );
}
