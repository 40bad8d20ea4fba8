import { Client } from "pg";
import { describe, expect, onTestFinished, test } from "vitest";
import { waitUntil } from "../../../src/sandbox/servers/wait-until.ts";
import { createDatabase } from "../../support/database.ts";
import { cutBeforeSync, postgresProxy } from "./postgres-proxy.ts";
import { type Strike, cut, cutInHalf, delay, drop, forwardThenCut } from "./strikes.ts";

/** Far longer than a statement takes that is only a little late, also on a machine that does much else. */
const queryTimeoutMs = 2_000;
const patienceMs = 20_000;

const insert = { name: "note.insert", text: "insert into note values ($1::text)", values: ["struck"] };

describe.each<[string, Strike, "request" | "response", { isAnswered: boolean; isCommitted: boolean }]>([
  ["a statement is late", delay(100), "request", { isAnswered: true, isCommitted: true }],
  ["an answer is late", delay(100), "response", { isAnswered: true, isCommitted: true }],
  [
    "a statement is too late for its client",
    delay(queryTimeoutMs + 300),
    "request",
    { isAnswered: false, isCommitted: true },
  ],
  ["an answer is lost", drop, "response", { isAnswered: false, isCommitted: true }],
  ["a connection breaks before a statement", cut, "request", { isAnswered: false, isCommitted: false }],
  ["a connection breaks in a statement", cutInHalf, "request", { isAnswered: false, isCommitted: false }],
  [
    "a connection breaks before the commit",
    cutBeforeSync,
    "request",
    { isAnswered: false, isCommitted: false },
  ],
  [
    "a connection breaks after a statement",
    forwardThenCut,
    "request",
    { isAnswered: false, isCommitted: true },
  ],
  ["a connection breaks before the answer", cut, "response", { isAnswered: false, isCommitted: true }],
  ["a connection breaks in the answer", cutInHalf, "response", { isAnswered: false, isCommitted: true }],
])("%s", (_, strike, side, expected) => {
  test.each([false, true])("prepared before: %s", async (isPrepared) => {
    const { proxy, through, direct } = await noteDatabase();
    if (isPrepared) await through.query({ ...insert, values: ["not struck"] });
    const planned = proxy.on({ name: "note.insert", side }, strike);
    const isAnswered = await through.query(insert).then(
      () => true,
      () => false,
    );
    await planned.done;
    const withinMs = expected.isCommitted ? patienceMs : 500;
    expect({ isAnswered, isCommitted: await comesTo(direct, isPrepared ? 2 : 1, withinMs) }).toEqual(
      expected,
    );
  });
});

test("the commit of a transaction is struck by its text", async () => {
  const { proxy, through, direct } = await noteDatabase();
  const planned = proxy.on({ name: "commit", side: "request" }, cut);
  await through.query("begin");
  await through.query(insert);
  await expect(through.query("commit")).rejects.toThrow("terminated");
  await planned.done;
  expect(await comesTo(direct, 1, 500)).toBe(false);
});

test("of many statements only the one is struck whose first parameter it is", async () => {
  const { proxy, through, direct } = await noteDatabase();
  const planned = proxy.on({ name: "note.insert", side: "request", of: "mine" }, cut);
  await through.query({ ...insert, values: ["other"] });
  await expect(through.query({ ...insert, values: ["mine"] })).rejects.toThrow("terminated");
  await planned.done;
  expect((await direct.query("select text from note")).rows).toEqual([{ text: "other" }]);
});

test("what the server says when it turns a client away arrives", async () => {
  const { proxy } = await noteDatabase();
  const stranger = new Client({ connectionString: proxy.url.replace(/\/[^/]*$/, "/nowhere") });
  await expect(stranger.connect()).rejects.toThrow("does not exist");
});

async function noteDatabase() {
  const database = await createDatabase();
  onTestFinished(() => database.drop());
  const proxy = await postgresProxy(database.url);
  onTestFinished(() => proxy.close());
  const through = new Client({ connectionString: proxy.url, query_timeout: queryTimeoutMs });
  const direct = new Client({ connectionString: database.url });
  for (const client of [through, direct]) {
    client.on("error", () => undefined);
    await client.connect();
    onTestFinished(() => client.end());
  }
  await direct.query("create table note (text text)");
  return { proxy, through, direct };
}

/** Whether there are this many notes in time. */
function comesTo(client: Client, count: number, withinMs: number): Promise<boolean> {
  return waitUntil(async () => (await client.query("select from note")).rowCount === count, withinMs);
}
