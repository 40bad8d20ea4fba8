import { describe, expect, test } from "vitest";
import { listPath, tenant } from "../asking.ts";
import type { Account } from "../asking.ts";

describe("a page", () => {
  test("has 250 accounts unless asked for fewer, and the total only when asked", async () => {
    const { get } = await tenant({ accounts: 260 });
    const plain = await get(listPath({}));
    expect(JSON.parse(plain.text)).toHaveLength(250);
    expect(plain.headers.get("x-total-count")).toBeNull();
    const counted = await get(listPath({ count: "true", limit: 3, offset: 258 }));
    expect(JSON.parse(counted.text)).toHaveLength(2);
    expect(counted.headers.get("x-total-count")).toBe("260");
    expect(JSON.parse((await get(listPath({ limit: 0 }))).text)).toEqual([]);
  });

  test.each([
    { limit: 251 },
    { limit: -1 },
    { limit: "ten" },
    { limit: "" },
    { offset: -1 },
    { offset: 1.5 },
    { count: "yes" },
    { detailLevel: "slim" },
  ])("%j is refused with 400", async (query) => {
    const { get } = await tenant({ accounts: 1 });
    const { status, text } = await get(listPath(query));
    expect(status).toBe(400);
    expect(JSON.parse(text)).toHaveProperty("messages.0.text");
  });

  test("pages laid end to end are the whole list", async () => {
    const { list } = await tenant({ accounts: 23 });
    const whole = await list({ sorters: "modified,id" });
    const pages: Account[] = [];
    for (let offset = 0; offset < 23; offset += 5)
      pages.push(...(await list({ sorters: "modified,id", limit: 5, offset })));
    expect(pages).toEqual(whole);
  });

  test("behind the end is empty, or the 400 that names the offset", async () => {
    const { upstream, get } = await tenant({ accounts: 10 });
    expect(await get(listPath({ offset: 10 }))).toMatchObject({ status: 200, text: "[]" });
    await upstream.control.options({ offsetOverrun: "error" });
    const refused = await get(listPath({ offset: 10 }));
    expect(refused.status).toBe(400);
    expect(JSON.parse(refused.text)).toEqual({
      detailMessage: "Specified offset is invalid.",
      stackTrace: [],
      suppressedExceptions: [],
    });
    expect((await get(listPath({ filters: 'name eq "nobody"' }))).status).toBe(200);
  });

  test("may be short in the middle; going on after what was received finds the rest", async () => {
    const { upstream, list } = await tenant({ accounts: 40, behaviour: { shortPageEvery: 2 } });
    const seen: string[] = [];
    const sizes: number[] = [];
    while (seen.length < 40) {
      const page = await list({ sorters: "id", limit: 10, offset: seen.length });
      sizes.push(page.length);
      seen.push(...page.map(({ id }) => id));
    }
    expect(sizes).toEqual([10, 6, 10, 6, 8]);
    expect(new Set(seen).size).toBe((await upstream.control.truth()).population);
  });

  test("shifts when an account changes in the middle of a walk by time", async () => {
    const { upstream, list } = await tenant({ accounts: 20 });
    const before = (await list({ sorters: "modified,id" })).map(({ id }) => id);
    await upstream.control.mutate({ changes: [{ op: "update", id: before[0] }] });
    const after = (await list({ sorters: "modified,id" })).map(({ id }) => id);
    expect(after).toEqual([...before.slice(1), before[0]]);
  });

  test("SLIM leaves out attributes and everything nested", async () => {
    const { list } = await tenant({ accounts: 1 });
    const [slim] = await list({ detailLevel: "SLIM" });
    const [full] = await list({ detailLevel: "FULL" });
    for (const name of [
      "attributes",
      "identity",
      "sourceOwner",
      "authoritative",
      "systemAccount",
      "uncorrelated",
    ]) {
      expect(slim).not.toHaveProperty(name);
      expect(full).toHaveProperty(name);
    }
    expect(full).toMatchObject(slim ?? {});
  });
});

describe("an account", () => {
  test("has every member that the contract requires, and times in milliseconds", async () => {
    const { list } = await tenant({ accounts: 150 });
    for (const account of await list({})) {
      for (const name of [
        "authoritative",
        "disabled",
        "locked",
        "systemAccount",
        "uncorrelated",
        "manuallyCorrelated",
        "hasEntitlements",
      ]) {
        expect(account[name]).toBeTypeOf("boolean");
      }
      for (const name of ["id", "name", "sourceId", "sourceName", "nativeIdentity"])
        expect(account[name]).toBeTypeOf("string");
      expect(account.created).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/u);
      expect(account.modified).toBe(account.created);
    }
  });

  test("belongs to one of three sources, and some are nobody's", async () => {
    const { get, list } = await tenant({ accounts: 150 });
    const sources = JSON.parse((await get("/v3/sources")).text) as { id: string; name: string }[];
    const accounts = await list({});
    expect(sources.map(({ name }) => name)).toEqual(["HR", "Active Directory", "GitHub"]);
    expect(new Set(accounts.map(({ sourceId }) => sourceId))).toEqual(new Set(sources.map(({ id }) => id)));
    const machines = accounts.filter((account) => account["isMachine"] === true);
    expect(machines.length).toBeGreaterThan(0);
    for (const machine of machines) expect(machine).toMatchObject({ uncorrelated: true });
  });

  test("has no modified before it first changes, where the tenant leaves it out", async () => {
    const { upstream, list } = await tenant({ accounts: 10, stampsNew: false });
    const [changed] = await upstream.control.mutate({ update: 1 });
    const accounts = await list({ sorters: "modified,id" });
    expect(accounts[0]).toMatchObject({ id: changed?.id, modified: changed?.at });
    for (const account of accounts.slice(1)) expect(account).not.toHaveProperty("modified");
    expect((await list({ sorters: "-modified,id" })).at(-1)?.id).toBe(changed?.id);
    for (const sorters of ["modified", "-modified", "id"]) {
      const found = await list({ filters: "modified ge 2000-01-01T00:00:00Z", sorters });
      expect(found.map(({ id }) => id)).toEqual([changed?.id]);
    }
  });

  test("is found by id until it is deleted", async () => {
    const { upstream, get, list } = await tenant({ accounts: 3 });
    const [account] = await list({});
    const path = `/v3/accounts/${account?.id ?? ""}`;
    expect(JSON.parse((await get(path)).text)).toEqual(account);
    await upstream.control.mutate({ changes: [{ op: "delete", id: account?.id }] });
    const gone = await get(path);
    expect(gone.status).toBe(404);
    expect(JSON.parse(gone.text)).toMatchObject({ detailCode: "404 Not found", causes: [] });
    expect(await list({})).toHaveLength(2);
  });
});

test("sources are paged and counted, and can be forbidden", async () => {
  const { upstream, get } = await tenant({ accounts: 1 });
  const page = await get("/v3/sources?limit=2&offset=1&count=true");
  expect(JSON.parse(page.text)).toHaveLength(2);
  expect(page.headers.get("x-total-count")).toBe("3");
  await upstream.control.options({ forbidsSources: true });
  const refused = await get("/v3/sources");
  expect(refused.status).toBe(403);
  expect(JSON.parse(refused.text)).toMatchObject({ detailCode: "403 Forbidden" });
});

test("a deprecated endpoint says so", async () => {
  const { upstream, get } = await tenant({ accounts: 1 });
  expect((await get(listPath({}))).headers.get("x-deprecated")).toBeNull();
  await upstream.control.options({ deprecated: true });
  expect((await get(listPath({}))).headers.get("x-deprecated")).toBe("true");
});
