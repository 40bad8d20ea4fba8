import { request } from "undici";
import { describe, expect, test } from "vitest";
import { company, listPath, tenant } from "./asking.ts";

const LIST = listPath({ sorters: "id", limit: 5 });
const FEED = "/api/v1/employees/changed?since=2020-01-01T00:00:00Z";

describe("a fault on SailPoint", () => {
  test.each([
    ["401", { kind: "401" }, 401, null, { error: expect.any(String) as string }],
    ["403", { kind: "403" }, 403, null, { detailCode: "403 Forbidden", causes: [] }],
    ["429", { kind: "429" }, 429, "1", { message: " Rate Limit Exceeded " }],
    ["429 that names seconds", { kind: "429", retryAfterSeconds: 7 }, 429, "7", {}],
    ["429 without a delay", { kind: "429", retryAfter: "none" }, 429, null, {}],
  ] as const)("%s is refused as the vendor refuses", async (_name, fault, status, retryAfter, shape) => {
    const { upstream, get } = await tenant({ accounts: 5 });
    await upstream.control.inject(fault);
    const answer = await get(LIST);
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([status, retryAfter]);
    expect(JSON.parse(answer.text)).toMatchObject(shape);
    expect((await get(LIST)).status).toBe(200);
  });

  test("Retry-After can be a date by the upstream's clock, never too early", async () => {
    const { upstream, get } = await tenant({ accounts: 1, clockOffsetMs: 86_400_000 });
    await upstream.control.inject({ kind: "429", retryAfter: "date", retryAfterSeconds: 30 });
    const { headers } = await get(LIST);
    const waitMs = Date.parse(headers.get("retry-after") ?? "") - Date.parse(headers.get("date") ?? "");
    expect(waitMs).toBeGreaterThanOrEqual(30_000);
    expect(waitMs).toBeLessThan(33_000);
  });

  test.each(["500", "502", "503"] as const)("%s is a gateway's HTML page", async (kind) => {
    const { upstream, get } = await tenant({ accounts: 1 });
    await upstream.control.inject({ kind });
    const answer = await get(LIST);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([
      Number(kind),
      expect.stringContaining("text/html"),
    ]);
    expect(answer.text).toContain("<html>");
  });

  test("reset cuts the connection without an answer", async () => {
    const { upstream, get } = await tenant({ accounts: 1 });
    await upstream.control.inject({ kind: "reset" });
    await expect(get(LIST)).rejects.toThrow("fetch failed");
    expect((await upstream.control.requests()).at(-1)).toMatchObject({ path: "/v3/accounts", status: 0 });
    expect((await get(LIST)).status).toBe(200);
  });

  test("slow holds the headers back, or lets the body drip", async () => {
    const { upstream, get } = await tenant({ accounts: 5 });
    const whole = (await get(LIST)).text;
    await upstream.control.inject({ kind: "slow", ms: 200 }, { kind: "slow", ms: 200, trickle: true });
    for (const _kind of ["headers", "body"]) {
      const startedAt = performance.now();
      expect((await get(LIST)).text).toBe(whole);
      expect(performance.now() - startedAt).toBeGreaterThan(150);
    }
  });

  test.each([
    ["empty-body", /^$/u],
    ["empty-answer", /^\[\]$/u],
    ["wrong-shape", /^\{"result":"ok","value":42\}$/u],
  ] as const)("%s comes with status 200", async (kind, text) => {
    const { upstream, get } = await tenant({ accounts: 5 });
    await upstream.control.inject({ kind });
    const answer = await get(LIST);
    expect(answer.status).toBe(200);
    expect(answer.text).toMatch(text);
  });

  test("truncated is the first half of the JSON, with status 200", async () => {
    const { upstream, get } = await tenant({ accounts: 5 });
    const whole = (await get(LIST)).text;
    await upstream.control.inject({ kind: "truncated" });
    const answer = await get(LIST);
    expect(answer.status).toBe(200);
    expect(whole.startsWith(answer.text)).toBe(true);
    expect(answer.text.length).toBe(Math.floor(whole.length / 2));
  });

  test("an item is malformed while the others stay whole", async () => {
    const { upstream, list } = await tenant({ accounts: 5 });
    const whole = await list({ sorters: "id" });
    await upstream.control.inject({ kind: "item-without-id" }, { kind: "item-with-nul" });
    const [withoutId, ...others] = await list({ sorters: "id" });
    expect(withoutId).not.toHaveProperty("id");
    expect(withoutId?.["name"]).toBe(whole[0]?.["name"]);
    expect(others).toEqual(whole.slice(1));
    expect((await list({ sorters: "id" }))[0]?.id).toBe(`${whole[0]?.id ?? ""}\u0000`);
  });

  test("unknown members and enum values come with every item", async () => {
    const { upstream, list } = await tenant({ accounts: 3 });
    await upstream.control.inject({ kind: "unknown-members" });
    for (const account of await list({})) {
      expect(account).toMatchObject({ origin: "TELEPATHY", identityState: "QUANTUM" });
      expect(account).toHaveProperty("entanglement.since");
    }
  });

  test("a huge body goes on for as long as it was told", async () => {
    const { upstream, get } = await tenant({ accounts: 1 });
    await upstream.control.inject({ kind: "huge", bytes: 3_000_000 });
    expect((await get(LIST)).text.length).toBeGreaterThan(3_000_000);
  });

  test("a shift happens after one page and before the next", async () => {
    const { upstream, list } = await tenant({ accounts: 20 });
    const whole = (await list({ sorters: "id" })).map(({ id }) => id);
    const mutation = { changes: [{ op: "delete" as const, id: whole[0] }] };
    await upstream.control.inject({ kind: "shift", path: "offset=0", mutation });
    const first = await list({ sorters: "id", limit: 10, offset: 0 });
    const second = await list({ sorters: "id", limit: 10, offset: 10 });
    expect(first.map(({ id }) => id)).toEqual(whole.slice(0, 10));
    expect(second.map(({ id }) => id)).toEqual(whole.slice(11));
  });

  test("a fault waits for its path and its turn, and strikes as often as it was told", async () => {
    const { upstream, get } = await tenant({ accounts: 1 });
    await upstream.control.inject({ kind: "403", path: "^/v3/sources", after: 1, times: 2 });
    const statuses: number[] = [];
    for (let count = 0; count < 4; count += 1) statuses.push((await get("/v3/sources")).status);
    expect((await get(LIST)).status).toBe(200);
    expect(statuses).toEqual([200, 403, 403, 200]);
    expect(await upstream.control.faults()).toMatchObject([{ kind: "403", struck: 2 }]);
  });

  test("cleared faults strike no more", async () => {
    const { upstream, get } = await tenant({ accounts: 1 });
    await upstream.control.inject({ kind: "500", times: 9 });
    await upstream.control.clearFaults();
    expect((await get(LIST)).status).toBe(200);
  });
});

describe("a fault on BambooHR", () => {
  test.each([
    ["empty-answer", { latest: "", employees: [] }],
    ["wrong-shape", { result: "ok", value: 42 }],
    ["unknown-members", { employees: { "1": { action: "Teleported" }, "3": { action: "Teleported" } } }],
    ["item-without-id", { employees: { "": { action: "Inserted" }, "2": { id: "2" } } }],
    ["item-with-nul", { employees: { "1\u0000": { id: "1\u0000" }, "2": { id: "2" } } }],
  ] as const)("%s has the feed's shape", async (kind, shape) => {
    const { upstream, get } = await company({ accounts: 3 });
    await upstream.control.inject({ kind });
    const answer = await get(FEED);
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toMatchObject(shape);
  });

  test.each([
    ["401", 401],
    ["403", 403],
    ["429", 429],
  ] as const)("%s explains itself in a header", async (kind, status) => {
    const { upstream, get } = await company({ accounts: 1 });
    await upstream.control.inject({ kind });
    const answer = await get(FEED);
    expect([answer.status, answer.text]).toEqual([status, ""]);
    expect(answer.headers.get("x-bamboohr-error-message")).not.toBeNull();
  });

  test("an employee and a report can be malformed too", async () => {
    const { upstream, get } = await company({ accounts: 2 });
    await upstream.control.inject({ kind: "item-without-id", times: 2 });
    expect(JSON.parse((await get("/api/v1/employees/1")).text)).not.toHaveProperty("id");
    const report = await request(`${upstream.url}/api/v1/reports/custom?format=json`, {
      method: "POST",
      headers: { authorization: `Basic ${btoa("key:x")}`, "content-type": "application/json" },
      body: JSON.stringify({ fields: ["firstName"] }),
    });
    const { employees } = (await report.body.json()) as { employees: unknown[] };
    expect(employees).toEqual([
      { firstName: expect.any(String) as string },
      { id: "2", firstName: expect.any(String) as string },
    ]);
  });
});
