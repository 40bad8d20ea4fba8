import { expect, it } from "vitest";
import type { Store, WantedReplays } from "../../src/ports/store.ts";
import { asked, journalled, sliceOf, started, topic } from "./replay-samples.ts";
import { committed, config, entry, noCounts, reload, step, type StoreUnderTest } from "./store-samples.ts";

export function replayStateContract(open: () => Promise<StoreUnderTest>): void {
  it("a replay is paused, resumed, cancelled, and not from every state; owners are told", async () => {
    const { store } = await open();
    const at = await journalled(store);
    const revision = async () =>
      (await store.ensureInstallation({ prefix: "tidemark", shardCount: 4 })).configRevision;
    const revisions = [await revision()];
    const id = await started(store, asked());
    revisions.push(await revision());
    const steps: [Parameters<Store["steerReplay"]>[1], boolean, string][] = [
      ["resume", false, "running"],
      ["pause", true, "paused"],
      ["pause", false, "paused"],
      ["resume", true, "running"],
      ["pause", true, "paused"],
      ["cancel", true, "cancelled"],
      ["cancel", false, "cancelled"],
      ["resume", false, "cancelled"],
    ];
    const slice = { replay: id, nextSeq: "1" };
    for (const [verb, isDone, state] of steps) {
      expect(await store.steerReplay(id, verb)).toBe(isDone);
      if (isDone) revisions.push(await revision());
      expect((await store.replay(id))?.state).toBe(state);
      expect(await store.openReplays([0])).toHaveLength(state === "running" ? 1 : 0);
      if (state === "running") continue;
      const { lease } = at;
      const bounds = { limit: 9, maxEvents: 9, maxBytes: 9, nonce: "1" };
      expect(await store.replaySlice({ ...lease, ...slice, ...bounds })).toEqual({ kind: "stale" });
    }
    expect(new Set(revisions).size).toBe(revisions.length);
    expect((await store.replay(id))?.endedAt).not.toBeNull();
    expect(await store.steerReplay("99", "cancel")).toBe(false);
    expect(await store.replay("99")).toBeNull();
  });

  it("a replay fails with a reason, under the term of a shard's owner", async () => {
    const { store } = await open();
    const at = await journalled(store);
    const id = await started(store, asked());
    const failure = { shard: 0, replay: id, detail: "the topic is gone" };
    expect(await store.failReplay({ ...failure, term: "1" })).toBe(false);
    expect((await store.replay(id))?.state).toBe("running");
    expect(await store.failReplay({ ...failure, term: at.lease.term })).toBe(true);
    expect(await store.replay(id)).toMatchObject({ state: "failed", detail: "the topic is gone" });
    expect(await store.openReplays([0])).toEqual([]);
    expect(await store.steerReplay(id, "resume")).toBe(false);
  });

  it("every shard has its part, and of the pace its share", async () => {
    const { store } = await open();
    const at = await journalled(store);
    await store.applySources([config("elsewhere", { shard: 1 })]);
    const [source] = await store.loadSources([1]);
    const lease = (await store.overview()).shards.find(({ shard }) => shard === 1);
    if (source === undefined || lease === undefined) throw new Error("the other shard is missing");
    const there = { source, lease: { shard: 1, term: lease.term } };
    const entries = ["x", "y"].map((id) => ({ ...entry(id), key: `elsewhere/${id}` }));
    await committed(store, there, step(there, { entries, population: 2 }));
    const since = { since: "2020-01-01T00:00:00.000Z" };
    const id = await started(store, asked({ from: since, pace: 100 }));
    expect(await store.openReplays([0, 1])).toMatchObject([
      { id, shard: 0, pace: 50, nextSeq: "1", endSeq: "5", sourceId: null },
      { id, shard: 1, pace: 50, nextSeq: "1", endSeq: "2" },
    ]);
    expect(await store.openReplays([1, 2])).toHaveLength(1);
    await sliceOf(store, at);
    expect(await store.openReplays([0, 1])).toMatchObject([{ shard: 1, pace: 100 }]);
    expect(await store.replay(id)).toMatchObject({
      state: "running",
      pace: 100,
      actor: "ann",
      source: null,
      expected: 7,
      done: 5,
      parts: [
        { shard: 0, nextSeq: "6", endSeq: "5", done: 5 },
        { shard: 1, nextSeq: "1", endSeq: "2", done: 0, endedAt: null },
      ],
    });
    const second = await started(store, asked({ source: "elsewhere", from: since }));
    expect((await store.replay(second))?.parts).toMatchObject([{ shard: 1 }]);
    expect((await store.replays({ limit: 1 })).map((replay) => replay.id)).toEqual([second]);
    expect((await store.replays({ limit: 9 })).map((replay) => replay.id)).toEqual([second, id]);
  });

  it("a list goes on before any replay, and takes what concerns a source and what is open", async () => {
    const { store } = await open();
    const at = await journalled(store);
    await store.applySources([config("other")]);
    const snapshot = (source: string) =>
      started(store, { kind: "snapshot", actor: "ann", pace: null, source });
    const done = await started(store, asked());
    await sliceOf(store, at, { replay: done });
    const everywhere = await started(store, asked());
    const acme = await snapshot("acme");
    const other = await snapshot("other");
    const cancelled = await snapshot("acme");
    await store.steerReplay(cancelled, "cancel");
    await store.steerReplay(acme, "pause");
    const listed = async (wanted: Omit<WantedReplays, "limit">, limit = 9) =>
      (await store.replays({ ...wanted, limit })).map(({ id }) => id);

    expect(await listed({})).toEqual([cancelled, other, acme, everywhere, done]);
    expect(await listed({ before: acme })).toEqual([everywhere, done]);
    expect(await listed({ before: acme }, 1)).toEqual([everywhere]);
    expect(await listed({ before: done })).toEqual([]);
    expect(await listed({ source: "acme" })).toEqual([cancelled, acme, everywhere, done]);
    expect(await listed({ source: "other", before: other })).toEqual([everywhere, done]);
    expect(await listed({ isOpen: true })).toEqual([other, acme, everywhere]);
    expect(await listed({ isOpen: true, source: "acme" }, 1)).toEqual([acme]);
  });

  it("a snapshot and a backfill are begun in the source's shard, and nothing is known of where they end", async () => {
    const { store } = await open();
    const at = await journalled(store);
    const ofSource = { actor: "ann", pace: null, source: "acme" };
    const snapshot = { kind: "snapshot" as const, ...ofSource };
    const nowhere = { firstAt: null, lastAt: null, shards: [0], topics: [topic] };
    expect(await store.estimateReplay(snapshot)).toEqual({ events: 2, ...nowhere });
    const first = await started(store, snapshot);
    const part = { shard: 0, sourceId: at.source.id, nextSeq: null, endSeq: null, position: null };
    expect(await store.openReplays([0])).toMatchObject([{ ...part, kind: "snapshot", since: null }]);
    expect(await store.replay(first)).toMatchObject({ kind: "snapshot", expected: 2, source: "acme" });

    const polled = { kind: "poll" as const, nextInMs: 1_000, tookMs: 1, counts: noCounts };
    const live = { ...at, source: await reload(store, at.source) };
    await committed(store, live, step(live, { cursor: { page: 1 }, finished: polled }));
    const range = { since: "2026-01-01T00:00:00.000Z", until: "2026-02-01T00:00:00.000Z" };
    const backfill = { kind: "backfill" as const, ...ofSource, ...range };
    expect(await store.estimateReplay(backfill)).toEqual({ events: null, ...nowhere });
    const second = await started(store, backfill);
    expect(await store.replay(second)).toMatchObject({ kind: "backfill", expected: null, ...range });
    expect((await store.openReplays([0])).map(({ id, since }) => [id, since])).toEqual([
      [first, null],
      [second, range.since],
    ]);
  });
}
