import { describe, expect, onTestFinished, test } from "vitest";
import { type RestOptions, startRest } from "../../../../src/sandbox/upstreams/rest/index.ts";

interface Account {
  readonly id: number;
  readonly updated: string;
  readonly deleted?: string;
}

const token = { authorization: "Bearer secret" };

/** A service for one test, with a client that has its token. */
async function service(options: RestOptions = {}) {
  const upstream = await startRest({ ...options, behaviour: { rateLimit: null, ...options.behaviour } });
  onTestFinished(() => upstream.close());
  async function get(path: string, headers: Record<string, string> = token, body?: unknown) {
    const response = await fetch(new URL(path, `${upstream.url}/api/`), {
      headers,
      ...(body === undefined
        ? {}
        : { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const answer = (await response.json()) as { message?: string };
    return { status: response.status, headers: response.headers, answer };
  }
  return { upstream, get };
}

const tombstone = { id: 1_000, updated: expect.any(String) as string, deleted: expect.any(String) as string };

describe("a request", () => {
  test.each(["page/users", "users/1000"])("without the token is refused (%s)", async (path) => {
    const { get } = await service({ accounts: 1 });
    expect((await get(path, {})).status).toBe(401);
    expect((await get(path)).status).toBe(200);
  });

  test.each<[string, unknown, number, string]>([
    ["page/users?pgae=2", undefined, 400, "pgae"],
    ["page/users?page=0", undefined, 400, "page"],
    ["offset/users?offset=-1", undefined, 400, "offset"],
    ["cursor/users?size=many", undefined, 400, "size"],
    ["cursor/users?after=nonsense", undefined, 400, "the cursor is invalid"],
    ["cursor/users?deleted=yes", undefined, 400, "deleted"],
    ["graphql/users", undefined, 404, "the styles are single, page"],
    ["users/7", undefined, 404, "refused with 404"],
    ["search/users", "{", 400, "the body is not JSON"],
    ["search/users", { page: { size: 10 }, sort: "id" }, 400, "sort"],
    ["search/users", { since: "2026-01-01" }, 400, "page"],
  ])("%s (%j) is refused with %i: %s", async (path, body, status, message) => {
    const { get } = await service({ accounts: 3 });
    const refused = await get(path, token, body);
    expect(refused.status).toBe(status);
    expect(refused.answer.message).toContain(message);
  });

  test("beyond the limit is told when to come again", async () => {
    const { get } = await service({
      accounts: 1,
      behaviour: { rateLimit: { requests: 2, windowMs: 60_000 } },
    });
    const statuses = [await get("page/users"), await get("users/1000"), await get("page/users")];
    expect(statuses.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(Number(statuses[2]?.headers.get("retry-after"))).toBeGreaterThan(50);
  });
});

test("tombstones are shown to whoever asks for them, until the service forgets them", async () => {
  const { upstream, get } = await service({ accounts: 2 });
  await upstream.control.mutate({ changes: [{ op: "delete", id: "1000" }] });
  const ids = async (query: string) =>
    ((await get(`single/users${query}`)).answer as unknown as Account[]).map(({ id }) => id);
  expect(await ids("")).toEqual([1_001]);
  expect(await ids("?deleted=true")).toEqual([1_001, 1_000]);
  const since = new Date(Date.now() - 60_000).toISOString();
  expect((await get(`single/users?deleted=true&since=${since}`)).answer).toEqual([tombstone]);
  await upstream.control.options({ forgetsDeleted: true });
  expect(await ids("?deleted=true")).toEqual([1_001]);
});
