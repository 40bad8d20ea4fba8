import { describe, expect, onTestFinished, test } from "vitest";
import { type KomboOptions, startKombo } from "../../../../src/sandbox/upstreams/kombo/index.ts";
import { ask } from "../asking.ts";

interface User {
  readonly id: string;
  readonly changed_at: string;
  readonly remote_deleted_at: string | null;
  readonly [member: string]: unknown;
}

interface Body {
  readonly status: string;
  readonly data: { readonly next: string | null; readonly results: readonly User[] };
  readonly error: { readonly code: string | null };
}

const dayMs = 86_400_000;

/** An integration for one test, with a client that has its key. */
async function integration(options: KomboOptions = {}) {
  const upstream = await startKombo(options);
  onTestFinished(() => upstream.close());
  const headers = { authorization: "Bearer key", "x-integration-id": "workday:acme" };
  async function get(query: Record<string, string> = {}, more: Record<string, string> = headers) {
    const answer = await ask(`${upstream.url}/v1/ats/users?${new URLSearchParams(query).toString()}`, more);
    return { ...answer, body: JSON.parse(answer.text) as Body };
  }
  const users = async (query: Record<string, string> = {}) => (await get(query)).body.data.results;
  return { control: upstream.control, get, users, headers };
}

test.each([
  [{}, 401, "PLATFORM.AUTHENTICATION_INVALID"],
  [{ authorization: "Bearer key" }, 400, "PLATFORM.INPUT_INVALID"],
  [
    { authorization: "Bearer wrong", "x-integration-id": "workday:acme" },
    401,
    "PLATFORM.AUTHENTICATION_INVALID",
  ],
  [{ authorization: "Bearer key", "x-integration-id": "x:y" }, 404, "PLATFORM.INTEGRATION_NOT_FOUND"],
])("headers %j are refused with %i %s", async (headers, status, code) => {
  const { get } = await integration({ accounts: 1 });
  const answer = await get({}, headers);
  expect(answer).toMatchObject({ status, body: { status: "error", error: { code } } });
});

test.each([
  { page_size: "0" },
  { page_size: "251" },
  { page_size: "ten" },
  { updated_after: "yesterday" },
  { updated_after: "2026-01-01T00:00:00+01:00" },
  { include_deleted: "yes" },
  { cursor: "nonsense" },
  { ids: "short" },
  { updatedAfter: "2026-01-01" },
])("%j is refused with 400", async (query) => {
  const { get } = await integration({ accounts: 1 });
  expect(await get(query)).toMatchObject({
    status: 400,
    body: { status: "error", error: { code: "PLATFORM.INPUT_INVALID" } },
  });
});

describe("pages", () => {
  test("laid end to end are the whole list; the last one names no other", async () => {
    const { get, users } = await integration({ accounts: 23 });
    const whole = await users();
    const seen: User[] = [];
    let next: string | null = null;
    do {
      const { body } = await get({ page_size: "5", ...(next === null ? {} : { cursor: next }) });
      seen.push(...body.data.results);
      next = body.data.next;
    } while (next !== null);
    expect(seen).toEqual(whole);
    expect(whole).toHaveLength(23);
  });

  test("forget the filters that are not sent again", async () => {
    const { control, get, users } = await integration({ accounts: 20 });
    const since = new Date(Date.now() - 60_000).toISOString();
    await control.mutate({ update: 15 });
    const filter = { updated_after: since, page_size: "2" };
    const cursor = (await get(filter)).body.data.next ?? "";
    const right = await users({ ...filter, cursor });
    const wrong = await users({ page_size: "20", cursor });
    expect(right.every(({ id }) => wrong.some((user) => user.id === id))).toBe(true);
    expect(wrong.some(({ changed_at }) => changed_at < since)).toBe(true);
  });
});

test("updated_after is exclusive, or not, as told", async () => {
  const { control, users } = await integration({ accounts: 3 });
  const [changed] = await control.mutate({ update: 1 });
  const at = changed?.at ?? "";
  expect(await users({ updated_after: at })).toEqual([]);
  await control.options({ updatedAfterIncludes: true });
  expect(await users({ updated_after: at })).toMatchObject([{ id: changed?.id }]);
});

test("a change of roles shows under updated_after, and changed_at stays", async () => {
  const { control, users } = await integration({ accounts: 3 });
  const [before] = await users();
  const since = new Date(Date.now() - 60_000).toISOString();
  const changes = { system_roles: [] as unknown[] };
  await control.mutate({
    changes: [{ op: "update", id: before?.id, changes: { system_roles: [{ remote_id: "1" }] } }],
  });
  await control.mutate({ changes: [{ op: "update", id: before?.id, changes }] });
  expect(await users({ updated_after: since })).toMatchObject([
    { id: before?.id, changed_at: before?.changed_at, system_roles: [] },
  ]);
  await control.mutate({ changes: [{ op: "update", id: before?.id, changes: { email: null } }] });
  const [after] = await users({ updated_after: since });
  expect((after?.changed_at ?? "") > (before?.changed_at ?? "")).toBe(true);
});

describe("a deleted user", () => {
  test("is hidden unless asked for, then shown as it last was, and wiped after 14 days", async () => {
    const { control, users } = await integration({ accounts: 3 });
    const [before] = await users();
    const id = before?.id ?? "";
    const [gone] = await control.mutate({ changes: [{ op: "delete", id }] });
    expect(await users()).toHaveLength(2);
    const shown = async () => (await users({ include_deleted: "true" })).find((user) => user.id === id);
    expect(await shown()).toEqual({ ...before, changed_at: gone?.at, remote_deleted_at: gone?.at });
    await control.advance(14 * dayMs);
    const since = new Date(Date.now() + 13 * dayMs).toISOString();
    expect(await shown()).toMatchObject({ id, first_name: null, email: null, remote_deleted_at: gone?.at });
    expect(await users({ include_deleted: "true", updated_after: since })).toMatchObject([{ id }]);
  });

  test("comes back under its id, without a tombstone", async () => {
    const { control, users } = await integration({ accounts: 3 });
    const [gone] = await control.mutate({ delete: 1 });
    await control.mutate({ changes: [{ op: "insert", id: gone?.id }] });
    const again = (await users()).find(({ id }) => id === gone?.id);
    expect(again).toMatchObject({ remote_deleted_at: null, first_name: expect.any(String) });
  });
});

test("ids that do not exist are answered with 404 as a whole, or left out", async () => {
  const { control, get, users } = await integration({ accounts: 3 });
  const [user] = await users();
  const ids = `${user?.id ?? ""},${"x".repeat(24)}`;
  expect(await get({ ids })).toMatchObject({ status: 404, body: { status: "error" } });
  await control.options({ unknownIds: "omitted" });
  expect(await users({ ids })).toEqual([user]);
});

test("too many requests are refused with the seconds to wait in `ratelimit-reset`, without Retry-After", async () => {
  const { get } = await integration({
    accounts: 1,
    behaviour: { rateLimit: { requests: 1, windowMs: 30_000 } },
  });
  expect((await get()).headers.get("ratelimit-limit")).toBe("1");
  const { status, headers, body } = await get();
  expect([status, body.error.code]).toEqual([429, "PLATFORM.RATE_LIMIT_EXCEEDED"]);
  expect(Number(headers.get("ratelimit-reset"))).toBeGreaterThan(25);
  expect(headers.get("retry-after")).toBeNull();
});
