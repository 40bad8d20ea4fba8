import { expect, it } from "vitest";
import { storedEntry } from "../../src/core/event.ts";
import {
  account,
  committed,
  config,
  entry,
  everything,
  failed,
  hashOf,
  inserting,
  journalOf,
  noCounts,
  owned,
  reload,
  step,
  type StoreUnderTest,
  termOf,
  whole,
} from "./store-samples.ts";

export function commitContract(open: () => Promise<StoreUnderTest>): void {
  it("accounts, journal, cursor and counters of a page commit together", async () => {
    const { store } = await open();
    const start = await owned(store);
    const activity = [{ hour: 490_000, inserted: 2, deleted: 0 }];
    const cursor = { since: "2026-01-01", page: { offset: 1 } };
    const page = inserting(start, ["a", "b"], { cursor, activity });
    const outcome = await store.commit(page);
    expect(outcome).toMatchObject({ kind: "committed", firstSeq: "1" });

    const { revision, ...source } = await reload(store, start.source);
    expect(source).toMatchObject({ cursor, activity, population: 2 });
    expect(outcome).toMatchObject({ revision });
    expect(revision).not.toBe(start.source.revision);
    const known = await store.knownAccounts(start.source.id, whole(["b", "a", "c"]));
    expect(known.toSorted((x, y) => x.id.localeCompare(y.id))).toEqual([account("a"), account("b")]);
    expect(await journalOf(store)).toEqual([
      { ...storedEntry(entry("a")), seq: "1", batchNonce: page.batchNonce },
      { ...storedEntry(entry("b")), seq: "2", batchNonce: page.batchNonce },
    ]);
    expect((await store.shardAnchor(0)).lastSeq).toBe("2");
  });

  it("journal numbers go on without a gap over several commits, steps without events included", async () => {
    const { store } = await open();
    const start = await owned(store);
    const revisions = new Set([start.source.revision]);
    let at = await committed(store, start, step(start));
    revisions.add(at.source.revision);
    expect(at.firstSeq).toBe("1");
    at = await committed(store, at, inserting(at, ["a", "b", "c"]));
    revisions.add(at.source.revision);
    expect(at.firstSeq).toBe("1");
    at = await committed(store, at, step(at, { cursor: "moved" }));
    revisions.add(at.source.revision);
    expect(at.firstSeq).toBe("4");
    at = await committed(store, at, inserting(at, ["d"]));
    revisions.add(at.source.revision);
    expect(at.firstSeq).toBe("4");
    expect((await journalOf(store)).map(({ seq }) => seq)).toEqual(["1", "2", "3", "4"]);
    expect(revisions.size).toBe(5);
  });

  it("several events of one account in a page keep their order, and its last state stays", async () => {
    const { store } = await open();
    const start = await owned(store);
    const entries = [entry("a", 1), entry("a", 2, "updated"), entry("a", 3, "deleted")];
    await committed(store, start, step(start, { entries }));
    expect((await journalOf(store)).map(({ version, op }) => [version, op])).toEqual([
      [1, "inserted"],
      [2, "updated"],
      [3, "deleted"],
    ]);
    expect(await store.knownAccounts(start.source.id, whole(["a"]))).toEqual([account("a", 3, null)]);
  });

  it("a document that is not wanted does not travel", async () => {
    const { store } = await open();
    const fresh = await owned(store);
    const at = await committed(store, fresh, inserting(fresh, ["a", "b", "c", "d"]));
    const start = await committed(store, at, step(at, { entries: [entry("d", 2, "deleted")] }));
    const known = await store.knownAccounts(start.source.id, [
      { id: "a", unlessHash: hashOf(1) },
      { id: "b", unlessHash: hashOf(2) },
      { id: "c", unlessHash: null },
      { id: "d", unlessHash: hashOf(2) },
      { id: "e", unlessHash: null },
    ]);
    expect(known.toSorted((x, y) => x.id.localeCompare(y.id))).toEqual([
      { ...account("a"), document: undefined },
      account("b"),
      { ...account("c"), document: undefined },
      account("d", 2, null),
    ]);
  });

  it("a deleted account keeps its version and hash, and can come back", async () => {
    const { store } = await open();
    const fresh = await owned(store);
    let at = await committed(store, fresh, inserting(fresh, ["a"]));
    at = await committed(store, at, step(at, { entries: [entry("a", 2, "deleted")] }));
    expect(await store.knownAccounts(at.source.id, whole(["a"]))).toEqual([
      { id: "a", version: 2, hash: hashOf(2), document: null },
    ]);
    at = await committed(store, at, step(at, { entries: [entry("a", 3)] }));
    expect(await store.knownAccounts(at.source.id, whole(["a"]))).toEqual([account("a", 3)]);
  });

  it("a step under another term changes nothing at all", async () => {
    const { store } = await open();
    const fresh = await owned(store);
    const start = await committed(store, fresh, inserting(fresh, ["a"]));
    const before = await everything(store, start, ["a", "b"]);
    for (const term of ["0", String(BigInt(start.lease.term) + 1n)]) {
      const late = inserting(start, ["b"], { term, cursor: "late", rejected: [{ raw: 1, reason: "late" }] });
      expect(await store.commit(late)).toEqual({ kind: "term-lost" });
    }
    expect(await everything(store, start, ["a", "b"])).toEqual(before);
  });

  it("a step from another revision changes nothing at all", async () => {
    const { store } = await open();
    const start = await owned(store);
    const first = await committed(store, start, inserting(start, ["a"]));
    const before = await everything(store, first, ["a", "b"]);
    expect(await store.commit(inserting(start, ["b"], { cursor: "stale" }))).toEqual({ kind: "stale" });
    expect(await store.commit(inserting(start, ["b"], { revision: "99" }))).toEqual({ kind: "stale" });
    const elsewhere = { shard: 1, term: await termOf(store, 1) };
    expect(await store.commit(inserting(first, ["b"], elsewhere))).toEqual({ kind: "stale" });
    expect(await everything(store, first, ["a", "b"])).toEqual(before);
    expect((await store.shardAnchor(1)).lastSeq).toBe("0");
  });

  it("two steps from one revision at the same moment: one is committed, one is stale", async () => {
    const { store } = await open();
    const start = await owned(store);
    const twins = ["a", "b", "c", "d"].map((id) => store.commit(inserting(start, [id, "shared"])));
    const kinds = (await Promise.all(twins)).map(({ kind }) => kind).toSorted();
    expect(kinds).toEqual(["committed", "stale", "stale", "stale"]);
    expect((await journalOf(store)).map(({ seq }) => seq)).toEqual(["1", "2"]);
    expect((await store.shardAnchor(0)).lastSeq).toBe("2");
  });

  it("sources of one shard number their events together, without a gap, whatever the order", async () => {
    const { store } = await open();
    const start = await owned(store);
    await store.applySources(["b", "c", "d"].map((name) => config(name)));
    const sources = await store.loadSources([0]);
    const outcomes = await Promise.all(
      sources.map((source) => store.commit(inserting({ ...start, source }, ["x", "y", "z"]))),
    );
    expect(outcomes.every(({ kind }) => kind === "committed")).toBe(true);
    const seqs = (await journalOf(store)).map(({ seq }) => Number(seq));
    expect(seqs).toEqual(Array.from({ length: 12 }, (_, index) => index + 1));
  });

  it("a cursor that is not given stays; any JSON can be one", async () => {
    const { store } = await open();
    let at = await owned(store);
    for (const cursor of [
      { token: "\u0000\ud83d\ude00'\\" },
      "text",
      0,
      false,
      [1, [2]],
      { b: 1, a: { z: null } },
    ]) {
      at = await committed(store, at, step(at, { cursor }));
      expect(at.source.cursor).toEqual(cursor);
      at = await committed(store, at, step(at));
      expect(at.source.cursor).toEqual(cursor);
    }
    expect(Object.keys(at.source.cursor as object)).toEqual(["b", "a"]);
  });

  it("a poll that ends is recorded as success, loads the source and is due again later", async () => {
    const { store, advance } = await open();
    const start = await owned(store);
    await store.failPass({ ...failed(start.source.id, start.lease), retryInMs: 5_000 });
    const after = { ...start, source: await reload(store, start.source) };
    expect(after.source).toMatchObject({ failures: 1, isLoaded: false, lastSuccessAgeMs: null });
    const counts = { ...noCounts, observed: 1, unchanged: 1 };
    const finished = { kind: "poll" as const, nextInMs: 60_000.5, tookMs: 12.25, counts };
    const at = await committed(store, after, step(after, { cursor: 1, finished }));
    expect(at.source).toMatchObject({ failures: 0, isLoaded: true });
    expect(at.source.pollDueInMs).toBeGreaterThan(50_000);
    await advance(30_000);
    const later = await reload(store, at.source);
    expect(later.pollDueInMs).toBeLessThanOrEqual(30_001);
    for (const age of [later.lastAttemptAgeMs, later.lastSuccessAgeMs, later.cursorAgeMs]) {
      expect(age).toBeGreaterThanOrEqual(30_000);
      expect(age).toBeLessThan(60_000);
    }
    const { sources } = await store.overview();
    expect(sources).toMatchObject([{ name: "acme", lastError: null, lastChangeAgeMs: null, isLoaded: true }]);
  });

  it("a page in the middle of a pass is neither success nor attempt", async () => {
    const { store } = await open();
    const start = await owned(store);
    await store.failPass(failed(start.source.id, start.lease));
    const after = { ...start, source: await reload(store, start.source) };
    const { source } = await committed(store, after, inserting(after, ["a"]));
    expect(source).toMatchObject({ failures: 1, isLoaded: false, lastSuccessAgeMs: null });
    expect((await store.overview()).sources[0]).toMatchObject({
      lastError: "TIDEMARK_UPSTREAM_UNAVAILABLE: 503",
      lastChangeAgeMs: expect.any(Number),
    });
  });

  it("a failed poll backs off and counts; a second failure counts on", async () => {
    const { store } = await open();
    const { source, lease } = await owned(store);
    expect(await store.failPass({ ...failed(source.id, lease), retryInMs: 30_000 })).toBe(true);
    expect(await store.failPass({ ...failed(source.id, lease), retryInMs: 60_000.5 })).toBe(true);
    const after = await reload(store, source);
    expect(after).toMatchObject({ state: "running", failures: 2, haltedCode: null });
    expect(after.pollDueInMs).toBeGreaterThan(50_000);
    expect(after.lastAttemptAgeMs).toBeLessThan(60_000);
  });

  it("a failure that halts says why", async () => {
    const { store } = await open();
    const { source, lease } = await owned(store);
    const message = "a NUL \u0000 from upstream";
    await store.failPass({
      ...failed(source.id, lease),
      halt: true,
      code: "TIDEMARK_SOURCE_CURSOR",
      message,
    });
    expect(await reload(store, source)).toMatchObject({
      state: "halted",
      haltedCode: "TIDEMARK_SOURCE_CURSOR",
      haltedReason: expect.stringContaining("from upstream"),
    });
  });

  it("a failure outdates every step that was decided before it: one whose outcome was lost cannot arrive later", async () => {
    const { store } = await open();
    const start = await owned(store);
    await store.failPass(failed(start.source.id, start.lease));
    expect(await store.commit(inserting(start, ["a"]))).toEqual({ kind: "stale" });
  });

  it("a failure under another term changes nothing", async () => {
    const { store } = await open();
    const start = await owned(store);
    const before = await everything(store, start, []);
    expect(await store.failPass({ ...failed(start.source.id, start.lease), term: "0", halt: true })).toBe(
      false,
    );
    expect(await everything(store, start, [])).toEqual(before);
  });

  it("keeps ids and documents byte for byte, however hostile or long", async () => {
    const { store } = await open();
    const start = await owned(store);
    const ids = [
      "'; drop table account; --",
      'a"b\\c',
      "{a,b}",
      "NULL",
      "😀\u0001\t\n",
      "ä".repeat(512),
      " ",
      "${env:X}",
    ];
    const document = (id: string) =>
      JSON.stringify({ id, text: `\u0000 \\u0000 ' " \\ 😀 ${"x".repeat(300_000)}` });
    const page = step(start, {
      entries: ids.map((id) => entry(id, 1, "inserted", account(id, 1, document(id)))),
      cursor: { ids },
      rejected: [
        { raw: { id: "\u0000", lone: "\ud800" }, reason: "the item's id contains a NUL character \u0000" },
      ],
    });
    await committed(store, start, page);
    const known = new Map(
      (await store.knownAccounts(start.source.id, whole(ids))).map((found) => [found.id, found.document]),
    );
    const rows = await journalOf(store);
    ids.forEach((id, index) => {
      expect(known.get(id) === document(id)).toBe(true);
      expect(rows[index]).toMatchObject({ accountId: id, key: `acme/${id}` });
      expect(rows[index]?.value === `{"v":1,"after":${document(id)}}`).toBe(true);
    });
  });

  it("takes a page of 5,000 accounts", async () => {
    const { store } = await open();
    const start = await owned(store);
    const ids = Array.from({ length: 5_000 }, (_, index) => `account-${index}`);
    await committed(store, start, inserting(start, ids));
    expect(await store.knownAccounts(start.source.id, whole(ids))).toHaveLength(5_000);
    const rows = await journalOf(store);
    expect(rows).toHaveLength(5_000);
    expect(rows.at(-1)).toMatchObject({ seq: "5000", accountId: "account-4999" });
  });
}
