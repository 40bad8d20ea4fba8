import { describe, expect, test } from "vitest";
import { basic, company, daysAgo } from "../asking.ts";
import type { Feed } from "../asking.ts";

const LONG_AGO = "2012-01-01T00:00:00Z";

/** An instant some seconds after another, as BambooHR writes it. */
function later(at: string, seconds: number): string {
  return `${new Date(Date.parse(at) + seconds * 1_000).toISOString().slice(0, 19)}Z`;
}

function entries(feed: Feed): string[] {
  return Object.values(feed.employees).map(({ id, action }) => `${id} ${action}`);
}

describe("since", () => {
  test.each([
    "2026-01-01T00:00:00Z",
    "2026-01-01T02:00:00%2B02:00",
    "2026-01-01T02:00:00%2B0200",
    "2025-12-31T17:00:00-07:00",
    "2025-12-31T17:00:00-0700",
  ])("may be written as %s", async (since) => {
    const { upstream, get } = await company({ accounts: 1 });
    await upstream.control.mutate({
      changes: [{ op: "insert", id: "before" }],
      at: "2025-12-31T23:59:59.999Z",
    });
    await upstream.control.mutate({
      changes: [{ op: "insert", id: "after" }],
      at: "2026-01-01T00:00:00.000Z",
    });
    const { status, text } = await get(`/api/v1/employees/changed?since=${since}`);
    expect(status).toBe(200);
    expect(Object.keys((JSON.parse(text) as Feed).employees).sort()).toEqual(["1", "after"]);
  });

  test.each([
    "",
    "?since=",
    "?since=2026-01-01",
    "?since=2026-01-01T00:00:00",
    "?since=2026-01-01T00:00:00.000Z",
    "?since=2026-01-01T00:00:00+00:00",
    "?since=2026-13-01T00:00:00Z",
    "?since=yesterday",
    "?since=2026-01-01T00:00:00Z&type=created",
  ])("%j is refused with 400 and a reason in the header", async (query) => {
    const { get } = await company({ accounts: 1 });
    const { status, headers } = await get(`/api/v1/employees/changed${query}`);
    expect(status).toBe(400);
    expect(headers.get("x-bamboohr-error-message")).toMatch(/^Invalid /u);
  });

  test("includes its own second, or not, as the company does it", async () => {
    const { upstream, feed } = await company({ accounts: 2 });
    const at = `${daysAgo(30)}Z`;
    await upstream.control.mutate({ changes: [{ op: "update", id: "1" }], at: at.replace("Z", ".700Z") });
    const isShown = async (since: string): Promise<boolean> => "1" in (await feed(since)).employees;
    expect([await isShown(later(at, -1)), await isShown(at), await isShown(later(at, 1))]).toEqual([
      true,
      true,
      false,
    ]);
    await upstream.control.options({ sinceIncludes: false });
    expect([await isShown(later(at, -1)), await isShown(at), await isShown(later(at, 1))]).toEqual([
      true,
      false,
      false,
    ]);
  });
});

describe("the feed", () => {
  test("says what happened relative to since, and only the newest change", async () => {
    const { upstream, feed } = await company({ accounts: 3 });
    const [inserted] = await upstream.control.mutate({ insert: 1 });
    const id = inserted?.id ?? "";
    const insertedAt = later(inserted?.at ?? "", 0);
    await upstream.control.advance(10_000);
    await upstream.control.mutate({
      changes: [
        { op: "update", id },
        { op: "update", id },
        { op: "update", id: "1" },
        { op: "delete", id: "2" },
      ],
    });
    expect(entries(await feed(insertedAt)).sort()).toEqual(["1 Updated", "2 Deleted", `${id} Inserted`]);
    expect(entries(await feed(later(insertedAt, 5))).sort()).toEqual([
      "1 Updated",
      "2 Deleted",
      `${id} Updated`,
    ]);
    expect(Object.keys((await feed(LONG_AGO)).employees)).toHaveLength(4);
  });

  test("calls a termination an update", async () => {
    const { upstream, feed } = await company({ accounts: 2 });
    const change = { op: "update" as const, id: "1", changes: { status: "Inactive" } };
    const [changed] = await upstream.control.mutate({ changes: [change] });
    expect(entries(await feed(later(changed?.at ?? "", 0)))).toEqual(["1 Updated"]);
  });

  test("gives whole seconds with an offset, and the newest of them as latest", async () => {
    const { upstream, feed } = await company({ accounts: 2 });
    const at = daysAgo(30);
    await upstream.control.mutate({ changes: [{ op: "update", id: "1" }], at: `${at}.250Z` });
    const [newest] = await upstream.control.mutate({ changes: [{ op: "update", id: "2" }], apartMs: 5_000 });
    const { latest, employees } = await feed(`${at}Z`);
    expect(employees["1"]).toEqual({ id: "1", action: "Updated", lastChanged: `${at}+00:00` });
    expect(latest).toBe(`${(newest?.at ?? "").slice(0, 19)}+00:00`);
  });

  test("dates an inserted employee by its insertion although it changed since, unless told otherwise", async () => {
    const { upstream, feed } = await company({ accounts: 0 });
    await upstream.control.mutate({ changes: [{ op: "insert", id: "1" }], at: "2026-03-01T10:00:00Z" });
    await upstream.control.mutate({ changes: [{ op: "update", id: "1" }], at: "2026-03-02T10:00:00Z" });
    const since = "2026-02-01T00:00:00Z";
    const insertion = await feed(since);
    expect(insertion.latest).toBe("2026-03-02T10:00:00+00:00");
    expect(insertion.employees["1"]).toMatchObject({
      action: "Inserted",
      lastChanged: "2026-03-01T10:00:00+00:00",
    });
    await upstream.control.options({ showsInsertionDate: false });
    expect((await feed(since)).employees["1"]).toMatchObject({ lastChanged: "2026-03-02T10:00:00+00:00" });
  });

  test("is an empty list with an empty latest when nothing changed", async () => {
    const { feed } = await company({ accounts: 2 });
    expect(await feed("2090-01-01T00:00:00Z")).toEqual({ latest: "", employees: [] });
  });

  test.each([
    ["inserted", ["3 Inserted"]],
    ["updated", ["1 Updated"]],
    ["deleted", ["2 Deleted"]],
    ["all", ["1 Updated", "2 Deleted", "3 Inserted"]],
  ])("of type %s has only that, in the query or in the path", async (type, expected) => {
    const { upstream, feed, get } = await company({ accounts: 2 });
    const [first] = await upstream.control.mutate({
      insert: 1,
      changes: [
        { op: "update", id: "1" },
        { op: "delete", id: "2" },
      ],
    });
    const since = later(first?.at ?? "", 0);
    expect(entries(await feed(since, `&type=${type}`)).sort()).toEqual(expected);
    const byPath = await get(`/api/v1/employees/changed/${type}?since=${since}`);
    expect(entries(JSON.parse(byPath.text) as Feed).sort()).toEqual(expected);
  });

  test.each([
    "/api/v1/employees/changed",
    "/api/v1/employees/changed/",
    "/api/gateway.php/acme/v1/employees/changed",
    "/api/gateway.php/acme/v1/employees/changed/",
  ])("is served at %s", async (path) => {
    const { get } = await company({ accounts: 2 });
    const { status, text } = await get(`${path}?since=${LONG_AGO}`);
    expect(status).toBe(200);
    expect(Object.keys((JSON.parse(text) as Feed).employees)).toEqual(["1", "2"]);
  });

  test.each(["*/*", "text/html", "application/xml"])("is XML to whoever accepts %s", async (accept) => {
    const { get } = await company({ accounts: 1 });
    const { headers, text } = await get(`/api/v1/employees/changed?since=${LONG_AGO}`, { accept });
    expect(headers.get("content-type")).toContain("xml");
    expect(text).toMatch(
      /<employees latest="[^"]+"><employee id="1" action="Inserted" lastChanged="[^"]+">/u,
    );
  });

  test("lags behind the employees themselves", async () => {
    const { upstream, feed, get } = await company({ accounts: 1, behaviour: { lagMs: 30_000 } });
    const [made] = await upstream.control.mutate({ insert: 1 });
    const since = later(made?.at ?? "", -1);
    expect(entries(await feed(since))).toEqual([]);
    expect((await get(`/api/v1/employees/${made?.id ?? ""}`)).status).toBe(200);
    await upstream.control.advance(30_000);
    const { employees } = await feed(since);
    expect(employees[made?.id ?? ""]?.lastChanged).toBe(`${(made?.at ?? "").slice(0, 19)}+00:00`);
  });
});

describe("the key", () => {
  test.each([
    ["with any password", { authorization: basic("key", "whatever") }, 200],
    ["with no password", { authorization: basic("key", "") }, 200],
    ["that is wrong", { authorization: basic("guess") }, 401],
    ["as the password", { authorization: basic("x", "key") }, 401],
    ["as a bearer token", { authorization: "Bearer key" }, 401],
    ["that is missing", { authorization: "" }, 401],
  ])("%s", async (_name, headers, status) => {
    const { get } = await company({ accounts: 1 });
    const answer = await get("/api/v1/employees/1", headers);
    expect(answer.status).toBe(status);
    expect(answer.headers.get("x-bamboohr-request-id")).not.toBeNull();
  });

  test("guessed too often locks everybody out for a while", async () => {
    const { upstream, get } = await company({
      accounts: 1,
      behaviour: { lockoutAfter: 3, lockoutMs: 30_000 },
    });
    for (let count = 0; count < 3; count += 1) {
      expect((await get("/api/v1/employees/1", { authorization: basic("guess") })).status).toBe(401);
    }
    expect((await get("/api/v1/employees/1")).status).toBe(403);
    await upstream.control.advance(30_000);
    expect((await get("/api/v1/employees/1")).status).toBe(200);
  });

  test("of another company finds nothing", async () => {
    const { get } = await company({ accounts: 1 });
    expect((await get("/api/gateway.php/other/v1/employees/1")).status).toBe(404);
  });

  test.each([
    [503, "none", /^none$/u],
    [503, "seconds", /^\d+$/u],
    [429, "seconds", /^\d+$/u],
    [429, "date", / GMT$/u],
  ] as const)(
    "used too fast is throttled with %i and Retry-After: %s",
    async (throttleStatus, throttleRetryAfter, header) => {
      const rateLimit = { requests: 2, windowMs: 5_000 };
      const { upstream, get } = await company({
        accounts: 1,
        behaviour: { rateLimit, throttleStatus, throttleRetryAfter },
      });
      const statuses: number[] = [];
      for (let count = 0; count < 2; count += 1) statuses.push((await get("/api/v1/employees/1")).status);
      const refused = await get("/api/v1/employees/1");
      expect([...statuses, refused.status]).toEqual([200, 200, throttleStatus]);
      expect(refused.headers.get("retry-after") ?? "none").toMatch(header);
      await upstream.control.advance(5_000);
      expect((await get("/api/v1/employees/1")).status).toBe(200);
    },
  );
});
