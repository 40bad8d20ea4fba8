import { describe, expect, test, vi } from "vitest";
import { listPath, tenant, tokenOf } from "./asking.ts";

describe("the truth", () => {
  test("is the same for the same seed and another for another", async () => {
    const [one, same, other] = await Promise.all([1, 1, 2].map((seed) => tenant({ accounts: 30, seed })));
    const names = async (started: typeof one): Promise<unknown[]> =>
      ((await started?.upstream.control.truth())?.accounts ?? []).map(({ id, record }) => [
        id,
        record["name"],
      ]);
    expect(await names(one)).toHaveLength(30);
    expect(await names(same)).toEqual(await names(one));
    expect(await names(other)).not.toEqual(await names(one));
  });

  test("is what the list serves when nothing lags", async () => {
    const { upstream, list } = await tenant({ accounts: 40 });
    await upstream.control.mutate({ insert: 5, update: 20, delete: 5 });
    const { accounts, population } = await upstream.control.truth();
    const served = await list({ sorters: "id" });
    expect(population).toBe(40);
    expect(served).toEqual(
      accounts.map(({ record }) => record).sort((a, b) => (String(a["id"]) < String(b["id"]) ? -1 : 1)),
    );
  });

  test("keeps every state that an account ever had", async () => {
    const { upstream } = await tenant({ accounts: 3 });
    const [inserted] = await upstream.control.mutate({
      changes: [{ op: "insert", changes: { name: "first" } }],
    });
    const id = inserted?.id ?? "";
    await upstream.control.mutate({
      changes: [{ op: "update", id, changes: { attributes: { title: "Boss" } } }],
    });
    await upstream.control.mutate({ changes: [{ op: "delete", id }] });
    const history = await upstream.control.history(id);
    expect(history.map(({ op, version }) => [op, version])).toEqual([["insert", 1], ["update", 2], ["delete", 3]]); // prettier-ignore
    expect(history[1]?.record).toMatchObject({ id, name: "first", attributes: { title: "Boss" } });
    expect(history[1]?.record).toHaveProperty("attributes.email");
    expect(history[2]?.record).toBeNull();
  });

  test("gives a removed and re-created account a new id and the same native identity", async () => {
    const { upstream } = await tenant({ accounts: 3 });
    const before = (await upstream.control.truth()).accounts[0];
    const changed = await upstream.control.mutate({ changes: [{ op: "recreate", id: before?.id }] });
    expect(changed.map(({ op }) => op)).toEqual(["delete", "insert"]);
    const again = (await upstream.control.history(changed[1]?.id ?? ""))[0];
    expect(changed[1]?.id).not.toBe(before?.id);
    expect(again?.record).toMatchObject({
      nativeIdentity: before?.record["nativeIdentity"],
      sourceId: before?.record["sourceId"],
    });
  });

  test("every update made up changes something beside the time", async () => {
    const { upstream } = await tenant({ accounts: 6 });
    await upstream.control.mutate({ update: 100 });
    const { accounts } = await upstream.control.truth();
    const histories = await Promise.all(accounts.map(({ id }) => upstream.control.history(id)));
    for (const history of histories) {
      const states = history.map(({ record }) => JSON.stringify({ ...(record as object), modified: "" }));
      const repeated = states.filter((state, at) => state === states[at - 1]);
      expect(repeated).toEqual([]);
    }
    expect(histories.flat()).toHaveLength(106);
  });

  test("refuses to change accounts that are not there", async () => {
    const { upstream } = await tenant({ accounts: 1 });
    const change = upstream.control.mutate({ changes: [{ op: "update", id: "nobody" }] });
    await expect(change).rejects.toThrow("there is no living account nobody");
    await expect(upstream.control.mutate({ at: "2999-01-01T00:00:00Z", update: 1 })).rejects.toThrow(
      "has not come yet",
    );
  });
});

describe("time", () => {
  test("a tie gives all changes one instant, and apartMs different ones", async () => {
    const { upstream } = await tenant({ accounts: 50 });
    const tied = await upstream.control.mutate({ update: 40, tie: true });
    expect(new Set(tied.map(({ at }) => at)).size).toBe(1);
    const apart = await upstream.control.mutate({ update: 40, apartMs: 5 });
    expect(new Set(apart.map(({ at }) => at)).size).toBe(40);
    expect(apart.map(({ at }) => at).sort()).toEqual(apart.map(({ at }) => at));
  });

  test("a change may turn up late with its real time", async () => {
    const { upstream, list } = await tenant({ accounts: 5 });
    const [first] = await upstream.control.mutate({ update: 1 });
    const [late] = await upstream.control.mutate({ insert: 1, at: first?.at });
    const newest = await list({ sorters: "-modified", limit: 2 });
    expect(new Set(newest.map(({ id }) => id))).toEqual(new Set([first?.id, late?.id]));
    expect(new Set(newest.map(({ modified }) => modified))).toEqual(new Set([first?.at]));
  });

  test("a lagging change is found by id at once and in lists only later, possibly after newer ones", async () => {
    const { upstream, get, list } = await tenant({ accounts: 3 });
    await upstream.control.options({ lagMs: 60_000 });
    const [hidden] = await upstream.control.mutate({ insert: 1 });
    await upstream.control.options({ lagMs: 0 });
    const [shown] = await upstream.control.mutate({ insert: 1 });
    expect((await get(`/v3/accounts/${hidden?.id ?? ""}`)).status).toBe(200);
    const ids = async (): Promise<string[]> =>
      (await list({ sorters: "-created", limit: 2 })).map(({ id }) => id);
    expect(await ids()).toContain(shown?.id);
    expect(await ids()).not.toContain(hidden?.id);
    await upstream.control.advance(60_000);
    expect(new Set(await ids())).toEqual(new Set([shown?.id, hidden?.id]));
  });

  test("one mutation may lag more than the others", async () => {
    const { upstream, list } = await tenant({ accounts: 1 });
    await upstream.control.mutate({ insert: 1, lagMs: 60_000 });
    await upstream.control.mutate({ insert: 2 });
    expect(await list({})).toHaveLength(3);
    await upstream.control.advance(60_000);
    expect(await list({})).toHaveLength(4);
  });

  test("jitter makes changes visible in another order than they happened, and never goes back", async () => {
    const { upstream, list } = await tenant({ accounts: 1, behaviour: { lagJitterMs: 600_000 } });
    const made = await upstream.control.mutate({ insert: 30 });
    await upstream.control.mutate({
      changes: made.map(({ id }) => ({ op: "update" as const, id, changes: { name: "new" } })),
    });
    await upstream.control.advance(300_000);
    const half = (await list({})).map(({ id }) => id).filter((id) => made.some((change) => change.id === id));
    expect(half.length).toBeGreaterThan(3);
    expect(half.length).toBeLessThan(30);
    expect(new Set(half)).not.toEqual(new Set(made.slice(0, half.length).map(({ id }) => id)));
    await upstream.control.advance(300_000);
    expect((await list({ filters: 'name eq "new"' })).length).toBe(30);
  });

  test("the clock is the upstream's own, shown in Date, and only goes forward", async () => {
    const { upstream, get } = await tenant({ accounts: 1, clockOffsetMs: -3_600_000 });
    const date = async (): Promise<number> => Date.parse((await get(listPath({}))).headers.get("date") ?? "");
    expect(Math.abs((await date()) - (Date.now() - 3_600_000))).toBeLessThan(5_000);
    await upstream.control.advance(7_200_000);
    expect(Math.abs((await date()) - (Date.now() + 3_600_000))).toBeLessThan(5_000);
    await expect(upstream.control.advance(-1)).rejects.toThrow("advanceMs");
  });
});

describe("the control port", () => {
  test("records what was asked, with headers, body and status, but not its own calls", async () => {
    const { upstream, get } = await tenant({ accounts: 1 });
    await get(listPath({ limit: 999 }));
    await upstream.control.truth();
    const [token, listed, ...rest] = await upstream.control.requests();
    expect(token).toMatchObject({ method: "POST", path: "/oauth/token", status: 200 });
    expect(token?.body).toContain("client_id=client");
    expect(listed).toMatchObject({ path: "/v3/accounts", query: { limit: "999" }, status: 400 });
    expect(listed?.headers["authorization"]).toMatch(/^Bearer /u);
    expect(rest).toEqual([]);
    await upstream.control.clearRequests();
    expect(await upstream.control.requests()).toEqual([]);
  });

  test("churn changes accounts until it is stopped and keeps the population", async () => {
    const { upstream } = await tenant({ accounts: 50 });
    await upstream.control.churn(2_000);
    await vi.waitUntil(async () => (await upstream.control.truth()).changes > 1_000, { timeout: 5_000 });
    await upstream.control.churn(0);
    const { population, changes } = await upstream.control.truth();
    expect(population).toBeGreaterThan(30);
    expect(population).toBeLessThan(70);
    expect((await upstream.control.truth()).changes).toBe(changes);
  });

  test.each([
    ["options", { lagMs: -1 }],
    ["options", { lag: 1 }],
    ["faults", { kind: "418" }],
    ["faults", { kind: "401", path: "(" }],
    ["mutate", { insert: "many" }],
    ["churn", {}],
  ])("%s refuses %j with 400", async (path, body) => {
    const { upstream } = await tenant({ accounts: 1 });
    const response = await fetch(`${upstream.url}/_control/${path}`, {
      method: "POST",
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toHaveProperty("message");
  });

  test("closes within a second although a connection is open and a request unanswered", async () => {
    const { upstream } = await tenant({ accounts: 1 });
    await upstream.control.inject({ kind: "slow", ms: 30_000, path: "oauth" });
    const asked = tokenOf(upstream.url).catch(() => "cut");
    await vi.waitUntil(async () => (await upstream.control.faults())[0]?.struck === 1);
    const startedAt = performance.now();
    await upstream.close();
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect(await asked).toBe("cut");
  });
});
