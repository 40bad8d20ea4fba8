import { describe, expect, it } from "vitest";
import type { RejectedItem } from "../../src/core/account.ts";
import type { CommitStep, Store } from "../../src/ports/store.ts";
import {
  besides,
  committed,
  config,
  everything,
  inserting,
  noCounts,
  type Owned,
  owned,
  reload,
  step,
  type StoreUnderTest,
} from "./store-samples.ts";

const dayMs = 86_400_000;

function bad(
  accountId: string,
  reason = "no email",
  raw: RejectedItem["raw"] = { id: accountId },
): RejectedItem {
  return { raw, accountId, reason };
}

/** Every item, newest first: its account and its reason. */
async function told(store: Store): Promise<(string | null)[][]> {
  const { items } = await store.quarantined({ source: null, limit: 100 });
  return items.map(({ accountId, reason }) => [accountId, reason]);
}

async function asked(
  store: Store,
  { lease }: Pick<Owned, "lease">,
  verb: "redrive" | "discard",
  item: string | null = null,
  { source = "acme", term = lease.term } = {},
) {
  const quarantine = { item, note: "repaired \u0000" };
  const id = (await store.askIntent({ source, verb, actor: "ann", quarantine })) ?? "";
  await store.finishIntent({ intent: id, shard: lease.shard, term, outcome: "done" });
  return { id, intent: await store.intent(id) };
}

/** A source with these items in quarantine. */
async function quarantining(store: Store, ...rejected: RejectedItem[]): Promise<Owned> {
  const at = await owned(store);
  return committed(store, at, step(at, { rejected }));
}

const names = async (store: Store, { source }: Owned) =>
  store.awaitingRedrive({ sourceId: source.id, limit: 10 });

/** What could not be understood can be listed, looked up again and discarded; it leaves with the commit that understands it. */
export function quarantineContract(open: () => Promise<StoreUnderTest>): void {
  it("an item is kept with its account, reason and pass, and counted when it is read again", async () => {
    const { store, advance } = await open();
    let at = await quarantining(store, bad("a", "no email", { id: "a", odd: [null, 1.5, "\u0000"] }));
    expect(at.source).toMatchObject({ quarantined: 1, redriving: 0 });
    await advance(5);
    at = await committed(
      store,
      at,
      step(at, { kind: "sweep", rejected: [bad("a", "no name", { id: "a" })] }),
    );
    const { items, total } = await store.quarantined({ source: "acme", limit: 5 });
    const [item] = items;
    expect(total).toBe(1);
    expect(items).toEqual([
      {
        id: expect.stringMatching(/^[1-9]\d*$/),
        source: "acme",
        accountId: "a",
        reason: "no name",
        times: 2,
        pass: "sweep",
        firstSeenAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        lastSeenAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        isWaiting: false,
        redrivenAt: null,
      },
    ]);
    expect((item?.firstSeenAt ?? "") < (item?.lastSeenAt ?? "")).toBe(true);
    expect(await store.quarantinedItem(item?.id ?? "")).toEqual({ ...item, raw: { id: "a" } });
    expect(await store.quarantinedItem("999999999")).toBeNull();
    expect((await store.overview()).sources[0]?.quarantined).toBe(1);
  });

  it("what the upstream has sent is given back as it was, and an account whose id reads like an item is not taken for it", async () => {
    const { store } = await open();
    const raw = { id: "5", text: "\u0000 ü 😀", deep: [{ n: null }] };
    await quarantining(store, { raw, reason: "r" }, { raw: 5, reason: "a number" }, bad("5"));
    const { items } = await store.quarantined({ source: null, limit: 5 });
    const raws = await Promise.all(items.map(async ({ id }) => (await store.quarantinedItem(id))?.raw));
    expect(raws).toEqual(expect.arrayContaining([raw, 5, { id: "5" }]));
    expect(items).toHaveLength(3);
  });

  it("an account has one item, the one that was read last, however often it is in a page; what names none has one each", async () => {
    const { store } = await open();
    const nameless = { raw: { odd: true }, reason: "the item has no id" };
    const at = await quarantining(store, bad("a", "first"), nameless, bad("a", "last", [1]), nameless, {
      ...nameless,
      raw: { odd: false },
    });
    expect(await told(store)).toEqual(
      expect.arrayContaining([
        ["a", "last"],
        [null, "the item has no id"],
      ]),
    );
    const { items, total } = await store.quarantined({ source: null, limit: 5 });
    expect(items.map(({ times }) => times).sort((a, b) => a - b)).toEqual([1, 2, 2]);
    expect({ total, counted: at.source.quarantined }).toEqual({ total: 3, counted: 3 });
    expect(await store.quarantinedAmong(at.source.id, ["b", "a", "c"])).toEqual(["a"]);
    expect(await store.quarantinedAmong(at.source.id, [])).toEqual([]);
  });

  it("items are listed newest first, as many as are wanted, of one source or of all", async () => {
    const { store, advance } = await open();
    let at = await quarantining(store, bad("a"));
    const other = await besides(store, at);
    await advance(5);
    await committed(store, other, step(other, { rejected: [bad("b")] }));
    await advance(5);
    at = await committed(store, at, step(at, { rejected: [bad("c")] }));
    const list = async (source: string | null, limit: number) => {
      const { items, total } = await store.quarantined({ source, limit });
      return { total, accounts: items.map(({ accountId }) => accountId) };
    };
    expect(await list(null, 2)).toEqual({ total: 3, accounts: ["c", "b"] });
    expect(await list("acme", 10)).toEqual({ total: 2, accounts: ["c", "a"] });
    expect(await list("nobody", 10)).toEqual({ total: 0, accounts: [] });
    expect(await store.quarantinedAmong(other.source.id, ["a", "b"])).toEqual(["b"]);
  });

  it("an item leaves with the commit that understands its account, and only with that", async () => {
    const { store } = await open();
    const at = await quarantining(store, bad("a"), bad("b"), { raw: { id: "a" }, reason: "nameless" });
    const next = inserting(at, ["a"], { understood: ["a", "unknown"], rejected: [bad("c")] });
    const before = await everything(store, at, ["a"]);
    expect(await store.commit({ ...next, term: "0" })).toEqual({ kind: "term-lost" });
    expect(await store.commit({ ...next, revision: "99" })).toEqual({ kind: "stale" });
    expect(await everything(store, at, ["a"])).toEqual(before);
    expect((await committed(store, at, next)).source.quarantined).toBe(3);
    expect((await told(store)).map(([accountId]) => accountId)).toEqual(
      expect.arrayContaining(["b", "c", null]),
    );
  });

  describe("a redrive", () => {
    it("has items wait that name their account, of all the source or one, once their owner has carried it out", async () => {
      const { store } = await open();
      const at = await quarantining(store, bad("é"), bad("B"), bad("a"), { raw: 1, reason: "nameless" });
      expect(await names(store, at)).toEqual([]);
      const zombie = await asked(store, at, "redrive", null, { term: "0" });
      expect(zombie.intent).toMatchObject({ doneAt: null, items: null, itemId: null });
      expect(await names(store, at)).toEqual([]);
      expect((await store.pendingIntents([0])).map(({ verb }) => verb)).toEqual(["redrive"]);

      const { id, intent } = await asked(store, at, "redrive");
      expect(intent).toMatchObject({ outcome: "done", items: 4, actor: "ann" });
      expect(intent?.note).toMatch(/^repaired/);
      expect(await names(store, at)).toEqual(["B", "a", "é"]);
      expect(await store.awaitingRedrive({ sourceId: at.source.id, limit: 2 })).toEqual(["B", "a"]);
      expect(await reload(store, at.source)).toMatchObject({ quarantined: 4, redriving: 3 });
      expect(await store.redriveProgress(id)).toEqual({ waiting: 3, stay: 0, unidentified: 1 });

      const { items } = await store.quarantined({ source: null, limit: 10 });
      expect(items.filter(({ isWaiting }) => isWaiting)).toHaveLength(3);
      const one = items.find(({ accountId }) => accountId === "a")?.id ?? "";
      const again = await asked(store, at, "redrive", one);
      expect(again.intent).toMatchObject({ itemId: one, items: 1 });
      expect(await store.redriveProgress(again.id)).toEqual({ waiting: 1, stay: 0, unidentified: 0 });
    });

    it("ends for what was looked up: it leaves, or stays with the newest reason; what was not looked up waits on", async () => {
      const { store } = await open();
      let at = await quarantining(store, bad("back"), bad("odd"), bad("silent"), bad("later"));
      const { id } = await asked(store, at, "redrive");
      const page: Partial<CommitStep> = {
        kind: "redrive",
        redriven: ["back", "odd", "silent"],
        understood: ["back"],
        rejected: [bad("odd", "still no email")],
      };
      at = { ...at, source: await reload(store, at.source) };
      at = await committed(store, at, inserting(at, ["back"], page));
      expect(await store.redriveProgress(id)).toEqual({ waiting: 1, stay: 2, unidentified: 0 });
      expect(await names(store, at)).toEqual(["later"]);
      expect(at.source).toMatchObject({ quarantined: 3, redriving: 1 });
      expect(await told(store)).toEqual(
        expect.arrayContaining([
          ["odd", "still no email"],
          ["silent", "no email"],
          ["later", "no email"],
        ]),
      );
      const { items } = await store.quarantined({ source: null, limit: 10 });
      expect(items.filter(({ redrivenAt }) => redrivenAt !== null).map(({ accountId }) => accountId)).toEqual(
        expect.arrayContaining(["odd", "silent"]),
      );
      // What is asked for once more waits once more.
      await asked(store, at, "redrive");
      expect(await names(store, at)).toEqual(["later", "odd", "silent"]);
    });

    it("is not ended by a poll that reads the item again", async () => {
      const { store } = await open();
      let at = await quarantining(store, bad("a"));
      await asked(store, at, "redrive");
      at = { ...at, source: await reload(store, at.source) };
      at = await committed(store, at, step(at, { rejected: [bad("a", "no name")] }));
      expect(await names(store, at)).toEqual(["a"]);
    });

    it("makes the sweep due where an item cannot be looked up, unless the upstream offers none", async () => {
      const { store } = await open();
      let at = await quarantining(store, bad("a"), { raw: 1, reason: "nameless" });
      const { items } = await store.quarantined({ source: null, limit: 10 });
      const idOf = (accountId: string | null) => items.find((item) => item.accountId === accountId)?.id ?? "";
      const dueInMs = async () => (await reload(store, at.source)).sweepDueInMs;
      await asked(store, at, "redrive", idOf("a"));
      expect(await dueInMs()).toBeGreaterThan(0);
      expect(await reload(store, at.source)).toMatchObject({ sweepAsked: false });
      await asked(store, at, "redrive", idOf(null));
      expect(await dueInMs()).toBeLessThanOrEqual(0);
      expect(await reload(store, at.source)).toMatchObject({ sweepAsked: true });

      const of = { ...at.lease, sourceId: at.source.id };
      await store.openSweep(of);
      await store.leaveSweep({ ...of, why: "there is no list", nextInMs: dayMs, counts: noCounts });
      at = { ...at, source: await reload(store, at.source) };
      await asked(store, at, "redrive");
      expect(await dueInMs()).toBeGreaterThan(dayMs / 2);
    });
  });

  it("items are discarded by the owner under its term: one, or all of the source, and never those of another", async () => {
    const { store } = await open();
    const at = await quarantining(store, bad("a"), bad("b"), { raw: 1, reason: "nameless" });
    await store.applySources([config("other")]);
    const { items } = await store.quarantined({ source: null, limit: 10 });
    const one = items.find(({ accountId }) => accountId === "a")?.id ?? "";
    await asked(store, at, "discard", one, { term: "0" });
    expect((await asked(store, at, "discard", one, { source: "other" })).intent).toMatchObject({ items: 0 });
    expect((await asked(store, at, "discard", null, { source: "other" })).intent).toMatchObject({ items: 0 });
    expect(await told(store)).toHaveLength(3);
    expect((await asked(store, at, "discard", one)).intent).toMatchObject({ items: 1, itemId: one });
    expect(await told(store)).toHaveLength(2);
    expect((await asked(store, at, "discard")).intent).toMatchObject({ items: 2 });
    expect(await reload(store, at.source)).toMatchObject({ quarantined: 0, redriving: 0 });
  });

  it("what was discarded while it was looked up, and cannot be understood, is in quarantine as a new item", async () => {
    const { store } = await open();
    let at = await quarantining(store, bad("a"), bad("b"));
    await asked(store, at, "redrive");
    await asked(store, at, "discard");
    at = { ...at, source: await reload(store, at.source) };
    const page = { kind: "redrive" as const, redriven: ["a", "b"], rejected: [bad("a")] };
    at = await committed(store, at, step(at, page));
    expect(await told(store)).toEqual([["a", "no email"]]);
    expect(at.source).toMatchObject({ quarantined: 1, redriving: 0 });
  });

  it("how many items may be rejected is part of a source's configuration", async () => {
    const { store } = await open();
    const { source } = await owned(store, { rejectLimit: 7 });
    expect(source.rejectLimit).toBe(7);
    const apply = (rejectLimit: number | null) => store.applySources([config("acme", { rejectLimit })]);
    expect(await apply(7)).toMatchObject({ unchanged: ["acme"] });
    expect(await apply(null)).toMatchObject({ changed: ["acme"] });
    expect((await reload(store, source)).rejectLimit).toBeNull();
  });
}
