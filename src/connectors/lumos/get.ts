import type { Observation } from "../../core/account.ts";
import type { JsonValue } from "../../core/json.ts";
import type { ConnectorContext } from "../../ports/connector.ts";
import { mapLimited } from "../map-limited.ts";
import type { ObservedItems } from "../../sdk/observe-items.ts";
import { observe } from "./account.ts";
import { type LumosApi, lumosApi } from "./api.ts";
import { type LumosSettings, customOf } from "./settings.ts";
import { firstPage, nextPage } from "./walk.ts";

const lookupsAtOnce = 4;

const nothing: ObservedItems = { observations: [], rejected: [] };

/**
 * Looks accounts up one by one. Where the connector cannot, a second complete list takes its place if the operator says that
 * lists have every account; else nothing is told.
 */
export async function get(
  ids: readonly string[],
  context: ConnectorContext<LumosSettings>,
): Promise<ObservedItems> {
  const api = lumosApi(context);
  const [first, ...rest] = ids;
  if (first === undefined) return nothing;
  // One try tells whether accounts can be looked up at all.
  const tried = await lookUp(first, api);
  if (tried === "not-offered")
    return context.settings.listsEveryAccount ? findInList(ids, api, context) : nothing;
  const others = await mapLimited(rest, lookupsAtOnce, (id) => lookUp(id, api));
  const looked = [tried, ...others].filter((each) => each !== "not-offered");
  return {
    observations: looked.flatMap(({ observations }) => observations),
    rejected: looked.flatMap(({ rejected }) => rejected),
  };
}

async function lookUp(id: string, api: LumosApi): Promise<ObservedItems | "not-offered"> {
  const account = await api.account(id);
  if (account === "not-offered") return account;
  if (account === "gone") return { observations: [{ id, gone: true, at: null }], rejected: [] };
  if (account === "forbidden") return rejected(id, { id }, "the credential may not read this account");
  const looked = observe([account]);
  if (looked.observations[0]?.id === id) return looked;
  return rejected(id, account, `the answer for account ${id} is about another or has no id`);
}

function rejected(accountId: string, raw: JsonValue, reason: string): ObservedItems {
  return { observations: [], rejected: [{ raw, accountId, reason }] };
}

async function findInList(
  ids: readonly string[],
  api: LumosApi,
  { settings }: ConnectorContext<LumosSettings>,
): Promise<ObservedItems> {
  const missing = new Set(ids);
  const found: Observation[] = [];
  let seen = 0;
  let walk = firstPage;
  for (;;) {
    const page = { token: walk.token, size: settings.pageSize };
    const answer = await api.page("list_accounts", customOf(settings), page);
    if (answer.refused !== null) throw answer.error;
    const { observations, rejected: unidentified } = observe(answer.accounts);
    // With an account that could be any, no other is proven to be missing.
    if (unidentified.length > 0) return nothing;
    seen += observations.length;
    found.push(...observations.filter(({ id }) => missing.has(id)));
    const next = nextPage(walk, answer.nextToken);
    if (next === "circle") return nothing;
    if (next === "end") break;
    walk = next;
  }
  // A list without any account proves nothing about these.
  if (seen === 0) return nothing;
  for (const { id } of found) missing.delete(id);
  return {
    observations: [...found, ...[...missing].map((id) => ({ id, gone: true as const, at: null }))],
    rejected: [],
  };
}
