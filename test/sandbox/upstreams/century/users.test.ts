import { describe, expect, onTestFinished, test } from "vitest";
import { type CenturyOptions, startCentury } from "../../../../src/sandbox/upstreams/century/index.ts";
import { ask } from "../asking.ts";

interface User {
  readonly userId: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly [member: string]: unknown;
}

interface Body {
  readonly data: readonly User[];
  readonly pagination: {
    readonly total: number;
    readonly offset: number;
    readonly nextCursor: string | null;
  };
}

const ascending = { "sort[field]": "createdAt", "sort[direction]": "asc" };

/** An organisation for one test, with a client that has its key. */
async function organisation(options: CenturyOptions = {}) {
  const upstream = await startCentury(options);
  onTestFinished(() => upstream.close());
  async function get(query: Record<string, string> | [string, string][] = {}, key = "key") {
    const path = `/api/v1/users?${new URLSearchParams(query).toString()}`;
    const answer = await ask(upstream.url + path, { "x-api-key": key });
    return { ...answer, body: JSON.parse(answer.text) as Body };
  }
  async function walk(limit: number, between: () => Promise<unknown> = async () => {}): Promise<string[]> {
    const seen: string[] = [];
    let next: string | null = null;
    do {
      const cursor = next === null ? {} : { cursor: next };
      const { body } = await get({ ...ascending, limit: String(limit), ...cursor });
      seen.push(...body.data.map(({ userId }) => userId));
      next = body.pagination.nextCursor;
      await between();
    } while (next !== null);
    return seen;
  }
  return { control: upstream.control, get, walk };
}

test("a wrong key is refused with 401", async () => {
  const { get } = await organisation({ accounts: 1 });
  expect((await get({}, "wrong")).status).toBe(401);
});

test.each<Record<string, string> | [string, string][]>([
  { limit: "0" },
  { limit: "101" },
  { offset: "-1" },
  { cursor: "nonsense" },
  { "sort[field]": "house" },
  { "sort[direction]": "up" },
  { userId: "short" },
  { name: "" },
  { role: "wizard" },
  { email: "nobody" },
  { updatedSince: "2026-01-01" },
  Array.from({ length: 31 }, (): [string, string] => ["upn", "Y1"]),
])("%j is refused with 400", async (query) => {
  const { get } = await organisation({ accounts: 1 });
  expect((await get(query)).status).toBe(400);
});

test("offset and cursor exclude each other", async () => {
  const { get } = await organisation({ accounts: 3 });
  const { pagination } = (await get({ limit: "1" })).body;
  expect((await get({ cursor: pagination.nextCursor ?? "", offset: "1" })).status).toBe(400);
  expect((await get({ limit: "1", offset: "1" })).body.pagination).toMatchObject({ total: 3, offset: 1 });
});

describe("the list", () => {
  test("is newest first unless asked otherwise, 100 at once", async () => {
    const { get } = await organisation({ accounts: 120 });
    const { data, pagination } = (await get()).body;
    expect(data).toHaveLength(100);
    expect(pagination.total).toBe(120);
    expect(data.map(({ createdAt }) => createdAt)).toEqual(
      data
        .map(({ createdAt }) => createdAt)
        .toSorted()
        .toReversed(),
    );
    expect(data[0]?.createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  });

  test("has cursors that carry order and limit, and contradict another order", async () => {
    const { get } = await organisation({ accounts: 10 });
    const first = (await get({ ...ascending, limit: "4" })).body;
    const cursor = first.pagination.nextCursor ?? "";
    const alone = (await get({ cursor })).body;
    expect(alone.data).toEqual((await get({ ...ascending, limit: "4", cursor })).body.data);
    expect(alone.data).toHaveLength(4);
    expect((await get({ cursor, "sort[field]": "createdAt", "sort[direction]": "desc" })).status).toBe(400);
  });

  test("walked oldest first shows everybody once; those that come meanwhile come last", async () => {
    const { control, walk } = await organisation({ accounts: 23 });
    const quiet = await walk(5);
    expect(new Set(quiet).size).toBe(23);
    const moving = await walk(5, () => control.mutate({ insert: 1 }));
    expect(moving.slice(0, 23)).toEqual(quiet);
    expect(moving.length).toBeGreaterThan(23);
  });

  test("skips a user when one before it goes and cursors stand for numbers; else not", async () => {
    const { control, walk } = await organisation({ accounts: 20 });
    const quiet = await walk(5);
    const first = { changes: [{ op: "delete" as const, id: quiet[0] }] };
    let moves = [() => control.mutate(first)];
    const once = async () => void (await moves.pop()?.());
    expect(await walk(5, once)).toEqual(quiet);
    await control.options({ cursors: "offset" });
    moves = [() => control.mutate({ changes: [{ op: "delete", id: quiet[1] }] })];
    expect(await walk(5, once)).toEqual(quiet.slice(1).filter((id) => id !== quiet[6]));
  });
});

test("users are found by their ids, 30 at most, and those that do not exist are left out", async () => {
  const { get } = await organisation({ accounts: 40 });
  const ids = (await get()).body.data.map(({ userId }) => userId);
  const asked = [...ids.slice(0, 29), "68f06c66-702a-4c26-b8c5-b6dc4f81f25d"];
  const { body } = await get(asked.map((id): [string, string] => ["userId", id]));
  expect(body.data.map(({ userId }) => userId).sort()).toEqual(ids.slice(0, 29).sort());
  expect(body.pagination).toMatchObject({ total: 29, nextCursor: null });
});

test("too many requests are refused without a header that says when to come back", async () => {
  const { get } = await organisation({
    accounts: 1,
    behaviour: { rateLimit: { requests: 1, windowMs: 30_000 } },
  });
  await get();
  const { status, headers } = await get();
  expect(status).toBe(429);
  expect([...headers.keys()].filter((name) => /retry|limit/.test(name))).toEqual([]);
});
