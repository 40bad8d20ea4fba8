// SailPoint tenants of any size in which nothing ever changes. No account is kept: each is made from its place in the list, by
// putting an id before one of a few thousand bodies, which costs next to nothing. The simulator of the sandbox would need a gigabyte
// for a million accounts. `/<tenant>/<accounts>/v3` is the root of a tenant's API; a tenant comes into being by being asked.
import { type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { seededRandom } from "../src/sandbox/upstreams/random.ts";
import { sailPointAccounts } from "../src/sandbox/upstreams/sailpoint/account-kind.ts";
import { sourcesOf } from "../src/sandbox/upstreams/sailpoint/sources.ts";

const seed = 1;
const sources = sourcesOf(seed);
const bodies = bodiesOf(6_000);
const firstAskedAtMs: Record<string, number> = {};

/** Everything of an account but its id; like the accounts themselves they belong to the sources in turn. */
function bodiesOf(count: number): string[] {
  const kind = sailPointAccounts(seed, true);
  return Array.from({ length: count }, (_, ordinal) => {
    const atMs = Date.UTC(2025, 0, 1) + ordinal * 60_000;
    const account = kind.create(ordinal, seededRandom(seed, ordinal));
    const stamp = { id: "", createdAtMs: atMs, changedAtMs: atMs, isNew: true };
    const { id: _id, ...members } = kind.stamp(account, stamp);
    return JSON.stringify(members).slice(1);
  });
}

function accountAt(place: number): string {
  const id = `2c9180${place.toString(16).padStart(26, "0")}`;
  return `{"id":"${id}",${bodies[place % bodies.length] ?? ""}`;
}

/** A list of accounts, sorted by id. */
interface List {
  length: number;
  placeOf(index: number): number;
}

/** @returns null for a filter that no connector of ours uses. */
function listOf(accounts: number, filter: string | null): List | null {
  if (filter === null) return { length: accounts, placeOf: (index) => index };
  // The watermark of a pass lies behind the newest account.
  if (/^(modified|created) g[et] /.test(filter)) return { length: 0, placeOf: (index) => index };
  const source = sources.findIndex(({ id }) => filter === `sourceId eq "${id}"`);
  if (source === -1) return null;
  return {
    length: Math.ceil((accounts - source) / sources.length),
    placeOf: (index) => index * sources.length + source,
  };
}

function answerList(
  list: List,
  itemAt: (place: number) => string,
  query: URLSearchParams,
  to: ServerResponse,
) {
  const offset = Number(query.get("offset") ?? 0);
  const end = Math.min(list.length, offset + Number(query.get("limit") ?? 250));
  const items: string[] = [];
  for (let index = offset; index < end; index += 1) items.push(itemAt(list.placeOf(index)));
  if (query.get("count") === "true") to.setHeader("x-total-count", list.length);
  to.end(`[${items.join(",")}]`);
}

const api = /^\/(?<tenant>[^/]+)\/(?<accounts>\d+)\/v3\/(?<list>accounts|sources)$/;

const server = createServer((request, response) => {
  const { pathname, searchParams: query } = new URL(request.url ?? "", "http://localhost");
  response.setHeader("content-type", "application/json");
  if (pathname === "/oauth/token") {
    response.end('{"access_token":"token","token_type":"bearer","expires_in":36000}');
    return;
  }
  if (pathname === "/first-asked") {
    if (request.method === "DELETE")
      for (const name of Object.keys(firstAskedAtMs)) delete firstAskedAtMs[name];
    response.end(JSON.stringify(firstAskedAtMs));
    return;
  }
  const { tenant = "", accounts, list: name } = api.exec(pathname)?.groups ?? {};
  if (name === "sources") {
    const all = { length: sources.length, placeOf: (index: number) => index };
    answerList(all, (place) => JSON.stringify(sources[place]), query, response);
    return;
  }
  const list = name === undefined ? null : listOf(Number(accounts), query.get("filters"));
  if (list === null) {
    response.writeHead(400).end("{}");
    return;
  }
  firstAskedAtMs[tenant] ??= Date.now();
  answerList(list, accountAt, query, response);
});

server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
process.once("disconnect", () => process.exit());
