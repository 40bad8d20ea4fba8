import { expect, it } from "vitest";
import { committed, entry, inserting, journalOf, owned, step, type StoreUnderTest } from "./store-samples.ts";

export function journalContract(open: () => Promise<StoreUnderTest>): void {
  it("rows are read from a number on, in order, up to a limit", async () => {
    const { store } = await open();
    const start = await owned(store);
    await committed(store, start, inserting(start, ["a", "b", "c", "d"]));
    const seqs = async (from: string, limit: number) =>
      (await store.nextJournal({ shard: 0, from, limit, maxBytes: 1e9 })).map(({ seq }) => seq);
    expect(await seqs("1", 10)).toEqual(["1", "2", "3", "4"]);
    expect(await seqs("3", 10)).toEqual(["3", "4"]);
    expect(await seqs("2", 2)).toEqual(["2", "3"]);
    expect(await seqs("5", 10)).toEqual([]);
    expect(await journalOf(store, 1)).toEqual([]);
  });

  it("rows are bounded by the bytes of their values, but there is always one", async () => {
    const { store } = await open();
    const start = await owned(store);
    const values = ["x".repeat(400), "é".repeat(200), "x".repeat(400), "x".repeat(400)];
    await committed(
      store,
      start,
      step(start, {
        entries: values.map((document, index) => ({ ...entry(`a${index}`), head: "", document, tail: "" })),
      }),
    );
    const count = async (maxBytes: number) =>
      (await store.nextJournal({ shard: 0, from: "1", limit: 10, maxBytes })).length;
    expect(await count(1)).toBe(1);
    expect(await count(400)).toBe(1);
    expect(await count(401)).toBe(2);
    expect(await count(801)).toBe(3);
    expect(await count(10_000)).toBe(4);
  });

  it("one row is told of without its event, and nothing of a row that is not there", async () => {
    const { store } = await open();
    const start = await owned(store);
    await committed(store, start, inserting(start, ["a", "b"]));
    const [, second] = await journalOf(store, 0);
    if (second === undefined) throw new Error("the second row is missing");
    const { value: _value, ...facts } = second;
    expect(await store.journalRow(0, "2")).toEqual(facts);
    expect(await store.journalRow(0, "3")).toBeNull();
    expect(await store.journalRow(1, "2")).toBeNull();
  });

  it("what was published is recorded under the term and never goes back", async () => {
    const { store } = await open();
    const start = await owned(store);
    const anchor = { lastSeq: "0", publishedSeq: "0", publishedNonce: null, seeded: false };
    expect(await store.shardAnchor(0)).toEqual(anchor);
    const published = { ...start.lease, seq: "0", nonce: null };
    expect(await store.recordPublished(published)).toBe(true);
    expect(await store.shardAnchor(0)).toEqual({ ...anchor, seeded: true });

    await committed(store, start, inserting(start, ["a", "b"]));
    expect(await store.recordPublished({ ...published, seq: "2", nonce: "9" })).toBe(true);
    const done = { lastSeq: "2", publishedSeq: "2", publishedNonce: "9", seeded: true };
    expect(await store.shardAnchor(0)).toEqual(done);
    expect(await store.recordPublished({ ...published, seq: "1", nonce: "8" })).toBe(true);
    expect(await store.recordPublished({ ...published, term: "0", seq: "2", nonce: "7" })).toBe(false);
    expect(await store.shardAnchor(0)).toEqual(done);
  });

  it("what was published is not recorded where its number was never given: the database went back", async () => {
    const { store } = await open();
    const start = await owned(store);
    await committed(store, start, inserting(start, ["a", "b"]));
    const before = await store.shardAnchor(0);
    expect(await store.recordPublished({ ...start.lease, seq: "3", nonce: "9" })).toBe(false);
    expect(await store.shardAnchor(0)).toEqual(before);
  });

  it("the overview shows how old the oldest unpublished event is", async () => {
    const { store, advance } = await open();
    const start = await owned(store);
    await committed(store, start, inserting(start, ["a", "b"]));
    const oldest = async () => (await store.overview()).shards[0]?.oldestAgeMs;
    expect(await oldest()).toBeGreaterThanOrEqual(0);
    await advance(1_000);
    expect(await oldest()).toBeGreaterThanOrEqual(1_000);
    await store.recordPublished({ ...start.lease, seq: "2", nonce: "9" });
    expect(await oldest()).toBeNull();
    expect((await store.overview()).shards[0]).toMatchObject({ lastSeq: "2", publishedSeq: "2" });
  });

  it("partitions are made ahead once, also when several processes do it", async () => {
    const { store } = await open();
    const options = { daysAhead: 3, retentionDays: 30 };
    const made = await Promise.all([1, 2, 3].map(() => store.maintainJournal(options)));
    const created = made.flatMap((result) => result.created);
    expect(new Set(created).size).toBe(created.length);
    const wanted = { ...options, daysAhead: 5 };
    expect((await store.maintainJournal(wanted)).created).toHaveLength(2);
    expect(await store.maintainJournal(wanted)).toEqual({ created: [], dropped: [], kept: null });
  });
}
