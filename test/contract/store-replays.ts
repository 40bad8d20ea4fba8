import { expect, it } from "vitest";
import type { AskedReplay, Store } from "../../src/ports/store.ts";
import {
  type AskedOfJournal,
  asked,
  journalled,
  openPart,
  sliceOf,
  started,
  topic,
} from "./replay-samples.ts";
import {
  besides,
  committed,
  entry,
  inserting,
  journalOf,
  type Owned,
  reload,
  step,
  type StoreUnderTest,
} from "./store-samples.ts";

/** What has come after number 5, as far as a replay decides about it. */
async function replayed(store: Store) {
  const rows = (await journalOf(store)).slice(5);
  return rows.map(({ seq, accountId, replay }) => [seq, accountId, replay?.originSeq]);
}

export function replayContract(open: () => Promise<StoreUnderTest>): void {
  it("what is replayed stands at the end of the journal as it was, under numbers of its own", async () => {
    const { store } = await open();
    const at = await journalled(store);
    const before = await reload(store, at.source);
    const id = await started(store, asked());
    const done = { kind: "replayed", events: 5, lastSeq: "10", nextSeq: "6", hasEnded: true };
    expect(await sliceOf(store, at)).toEqual(done);
    const rows = await journalOf(store);
    expect(rows.slice(5)).toEqual(
      rows.slice(0, 5).map((row, index) => ({
        ...row,
        seq: String(6 + index),
        batchNonce: "77",
        replay: { id, originSeq: row.seq },
      })),
    );
    expect(await store.journalRow(0, "6")).toMatchObject({ replay: { id, originSeq: "1" } });
    expect((await reload(store, at.source)).revision).toBe(before.revision);
    expect((await store.shardAnchor(0)).lastSeq).toBe("10");
    expect(await store.openReplays([0])).toEqual([]);
    expect(await store.replay(id)).toMatchObject({ state: "done", done: 5, expected: 5 });
  });

  it("a replay ends where the journal ended when it was asked for, and never meets a replay", async () => {
    const { store } = await open();
    const at = await journalled(store);
    await started(store, asked());
    const later = await reload(store, at.source);
    const live = { ...at, source: later };
    await committed(store, live, inserting(live, ["d"]));
    expect(await sliceOf(store, at)).toMatchObject({ events: 5, lastSeq: "11", hasEnded: true });
    const second = await started(store, asked());
    expect(await store.replay(second)).toMatchObject({ expected: 6, parts: [{ endSeq: "11" }] });
    expect(await sliceOf(store, at)).toMatchObject({ events: 6, lastSeq: "17", hasEnded: true });
    expect((await journalOf(store)).slice(11).map(({ replay }) => replay?.originSeq)).toEqual([
      "1",
      "2",
      "3",
      "4",
      "5",
      "6",
    ]);
  });

  it("a slice is bounded by numbers, by events and by bytes, and the next one goes on", async () => {
    const { store } = await open();
    const at = await journalled(store);
    const id = await started(store, asked({ ops: ["inserted", "deleted"] }));
    expect(await sliceOf(store, at, { limit: 1 })).toMatchObject({ events: 1, nextSeq: "2" });
    expect(await sliceOf(store, at, { maxEvents: 1 })).toMatchObject({ events: 1, nextSeq: "3" });
    expect(await sliceOf(store, at, { maxBytes: 1 })).toMatchObject({ events: 1, nextSeq: "4" });
    expect(await sliceOf(store, at, { limit: 1 })).toMatchObject({
      events: 0,
      nextSeq: "5",
      hasEnded: false,
    });
    expect(await store.replay(id)).toMatchObject({ state: "running", done: 3, expected: 4, endedAt: null });
    expect(await sliceOf(store, at)).toMatchObject({ events: 1, nextSeq: "6", hasEnded: true });
    expect(await replayed(store)).toEqual([
      ["6", "a", "1"],
      ["7", "b", "2"],
      ["8", "c", "3"],
      ["9", "b", "5"],
    ]);
  });

  it("a source, an account, kinds of events, and another topic can be asked for", async () => {
    const { store } = await open();
    const at = await journalled(store);
    const other = await besides(store, at);
    await committed(store, other, step(other, { entries: [{ ...entry("a"), key: "other/a" }] }));
    const found = async (different: Partial<AskedOfJournal>) => {
      const estimate = await store.estimateReplay(asked(different));
      if ("kind" in estimate) throw new Error(`refused: ${estimate.kind}`);
      const { events, shards, topics } = estimate;
      return { events, shards, topics };
    };
    expect(await found({})).toEqual({ events: 6, shards: [0], topics: [topic] });
    expect(await found({ source: "other" })).toEqual({ events: 1, shards: [0], topics: [topic] });
    expect(await found({ source: "acme", accountId: "a" })).toMatchObject({ events: 2 });
    expect(await found({ ops: ["updated"], topic: "copy" })).toMatchObject({ events: 1, topics: ["copy"] });
    expect(await found({ accountId: "nobody" })).toEqual({ events: 0, shards: [], topics: [] });

    await started(store, asked({ source: "acme", accountId: "a", topic: "copy" }));
    expect(await sliceOf(store, at)).toMatchObject({ events: 2, hasEnded: true });
    const copies = (await journalOf(store)).slice(6);
    expect(copies.map((row) => [row.topic, row.key, row.version])).toEqual([
      ["copy", "acme/a", 1],
      ["copy", "acme/a", 2],
    ]);
    expect(await store.journalTopics(0, "1")).toEqual(["copy", topic]);
    expect(await store.journalTopics(0, "8")).toEqual(["copy"]);
    expect(await store.journalTopics(0, "9")).toEqual([]);
  });

  it("times select from the first event that is as late, up to the last one that is earlier", async () => {
    const { store, advance } = await open();
    const at = await journalled(store);
    await advance(60_000);
    const live = { ...at, source: await reload(store, at.source) };
    await committed(store, live, inserting(live, ["d", "e"]));
    const all = await store.estimateReplay(asked({ from: { since: "2020-01-01T00:00:00.000Z" } }));
    if ("kind" in all) throw new Error(`refused: ${all.kind}`);
    const { firstAt, lastAt } = all;
    expect(all.events).toBe(7);
    expect(Date.parse(lastAt ?? "") - Date.parse(firstAt ?? "")).toBeGreaterThanOrEqual(50_000);
    const events = async (since: string | null, until: string | null) => {
      const found = await store.estimateReplay(asked({ from: { since: since ?? "" }, until }));
      return "kind" in found ? found.kind : found.events;
    };
    expect(await events(lastAt, null)).toBe(2);
    expect(await events(firstAt, lastAt)).toBe(5);
    expect(await events(firstAt, firstAt)).toBe(0);
    expect(await events("2200-01-01T00:00:00.000Z", null)).toBe(0);
  });

  it("what brings nothing is done at once", async () => {
    const { store } = await open();
    await journalled(store);
    const id = await started(store, asked({ from: { shard: 0, seq: "6" } }));
    expect(await store.openReplays([0, 1, 2, 3])).toEqual([]);
    expect(await store.replay(id)).toMatchObject({ state: "done", expected: 0, done: 0, parts: [] });
    expect((await store.replay(id))?.endedAt).not.toBeNull();
    expect(await store.steerReplay(id, "pause")).toBe(false);
  });

  it("sources and shards that are not there, and compacted topics, are refused", async () => {
    const { store } = await open();
    await journalled(store);
    await store.pinTopic({ name: "compacted", partitions: 1, compacted: true });
    const refusals: [AskedReplay, object][] = [
      [asked({ source: "nobody" }), { kind: "no-such-source" }],
      [asked({ from: { shard: 9, seq: "1" } }), { kind: "no-such-shard" }],
      [asked({ topic: "compacted" }), { kind: "compacted", topic: "compacted" }],
      [{ kind: "snapshot", actor: "ann", pace: null, source: "nobody" }, { kind: "no-such-source" }],
      [
        {
          kind: "backfill",
          actor: "ann",
          pace: null,
          source: "acme",
          since: "2026-01-01T00:00:00.000Z",
          until: null,
        },
        { kind: "nothing-to-read" },
      ],
    ];
    for (const [wanted, refusal] of refusals) {
      expect(await store.estimateReplay(wanted)).toEqual(refusal);
      expect(await store.startReplay(wanted)).toEqual(refusal);
    }
    await store.pinTopic({ name: topic, partitions: 1, compacted: true });
    expect(await store.startReplay(asked())).toEqual({ kind: "compacted", topic });
    expect(await store.replays({ limit: 10 })).toEqual([]);
  });

  it("a topic that turns out compacted stops the replay before anything is written", async () => {
    const { store } = await open();
    const at = await journalled(store);
    await started(store, asked({ topic: "copy" }));
    await store.pinTopic({ name: "copy", partitions: 1, compacted: true });
    expect(await sliceOf(store, at)).toEqual({ kind: "compacted", topic: "copy" });
    expect(await replayed(store)).toEqual([]);
    expect(await openPart(store)).toMatchObject({ nextSeq: "1", done: 0 });
  });

  /** As retention would: the first two rows are gone. */
  async function trimmed(store: Store, at: Owned): Promise<void> {
    await store.restoreShard(at.lease, async (restore) => {
      const rows = await restore.takeOut("0");
      await restore.putEntries(rows.slice(2));
      await restore.finish({ lastSeq: "5", publishedSeq: "5", publishedNonce: "1", firstLostAt: null });
    });
  }

  it("history that is gone is refused with the earliest point that is there", async () => {
    const { store } = await open();
    await trimmed(store, await journalled(store));
    const refusal = await store.startReplay(asked({ from: { shard: 0, seq: "2" } }));
    expect(refusal).toMatchObject({ kind: "gone", shard: 0, earliest: { seq: "3" } });
    expect(await store.estimateReplay(asked())).toEqual(refusal);
    expect(await store.estimateReplay(asked({ from: { shard: 0, seq: "3" } }))).toMatchObject({ events: 3 });

    const since = async (at: string) => store.estimateReplay(asked({ from: { since: at } }));
    const long = await since("2020-01-01T00:00:00.000Z");
    expect(long).toMatchObject({ kind: "gone", shard: 0, earliest: { seq: "3" } });
    const earliestAt = "kind" in long && long.kind === "gone" ? (long.earliest?.at ?? "") : "";
    expect(await since(earliestAt)).toMatchObject({ events: 3 });
    expect(await store.estimateReplay(asked({ from: { shard: 1, seq: "1" } }))).toMatchObject({ events: 0 });
  });

  it("a replay that finds its next number gone does nothing", async () => {
    const { store } = await open();
    const at = await journalled(store);
    await started(store, asked());
    await trimmed(store, at);
    expect(await sliceOf(store, at)).toEqual({ kind: "gone" });
    expect(await openPart(store)).toMatchObject({ nextSeq: "1", done: 0 });
  });

  it("a slice that was lost, is repeated, or comes under an old term changes nothing", async () => {
    const { store } = await open();
    const at = await journalled(store);
    await started(store, asked());
    const { id } = await openPart(store);
    const again = { replay: id, nextSeq: "1" };
    expect(await sliceOf(store, at, { ...again, maxEvents: 2 })).toMatchObject({ nextSeq: "3" });
    const rows = await journalOf(store);
    expect(await sliceOf(store, at, again)).toEqual({ kind: "stale" });
    expect(await sliceOf(store, at, { term: "1" })).toEqual({ kind: "term-lost" });
    expect(await journalOf(store)).toEqual(rows);
    expect((await store.shardAnchor(0)).lastSeq).toBe("7");
  });

  it("two owners that write the same slice at once write it once", async () => {
    const { store } = await open();
    const at = await journalled(store);
    const replay = await started(store, asked());
    const slice = { ...at.lease, replay, nextSeq: "1", limit: 9, maxEvents: 9, maxBytes: 1e9, nonce: "7" };
    const outcomes = await Promise.all([1, 2, 3].map(() => store.replaySlice(slice)));
    expect(outcomes.map(({ kind }) => kind).sort()).toEqual(["replayed", "stale", "stale"]);
    expect(await journalOf(store)).toHaveLength(10);
  });
}
