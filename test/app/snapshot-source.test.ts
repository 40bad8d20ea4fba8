import { describe, expect, it } from "vitest";
import { takeTurn } from "../../src/app/take-turn.ts";
import { noFingerprint } from "../../src/core/restored-event.ts";
import { gone } from "../support/hold-harness.ts";
import { loseNth, lossesOf, type ReplayHarness, replayHarness } from "../support/replay-harness.ts";
import { seen } from "../support/scripted-connector.ts";

/** Two accounts at once, so that one has several chunks. */
const pace = 2;
const all = ["a v1", "b v1", "c v1", "d v1", "e v1"];

const loaded = (...changes: Parameters<typeof replayHarness>[1][]) =>
  replayHarness(["a", "b", "c", "d", "e"], ...changes);

/** As if Kafka had taken everything. */
async function published({ shard, store, clock }: ReplayHarness): Promise<void> {
  shard.journal.published(BigInt((await store.shardAnchor(0)).lastSeq), clock.now());
}

describe("a snapshot", () => {
  it("tells every living account as it is known, once, and changes nothing of it", async () => {
    const harness = await loaded();
    const { store, lane, log } = harness;
    await harness.poll([seen("b", { email: "b@x", updatedAt: "2026-02-01T00:00:00Z" }), gone("d")]);
    const source = await store.loadSource(1);
    const known = await store.livingAccounts({ sourceId: 1, after: null, limit: 10, maxBytes: 1e6 });
    const replay = await harness.ask({ kind: "snapshot" });
    expect(harness.due()).toBe("replay");
    await harness.replay();

    expect(await harness.snapshots()).toEqual(["a v1", "b v2", "c v1", "e v1"]);
    const told = (await harness.journal()).find(
      ({ op, accountId }) => op === "snapshot" && accountId === "b",
    );
    expect(told).toMatchObject({
      key: "acme/b",
      hash: known[1]?.hash,
      replay: { id: replay, originSeq: null },
    });
    expect(JSON.parse(told?.value ?? "")).toEqual({
      op: "snapshot",
      source: "acme",
      connector: "scripted",
      accountId: "b",
      version: 2,
      before: null,
      after: JSON.parse(known[1]?.document ?? "") as unknown,
      changed: [],
      upstreamTime: "2026-02-01T00:00:00Z",
      observedAt: told?.observedAt,
    });
    expect(await store.livingAccounts({ sourceId: 1, after: null, limit: 10, maxBytes: 1e6 })).toEqual(known);
    const { population, activity, cursor, lastChangeAgeMs } = source ?? lane.source;
    expect(await store.loadSource(1)).toMatchObject({ population, activity, cursor, lastChangeAgeMs });
    expect(await store.replay(replay)).toMatchObject({ state: "done", done: 4, expected: 4 });
    expect(log.lines.filter(({ message }) => message === "snapshot.done")).toMatchObject([
      { fields: { source: "acme", replay, accounts: 4 } },
    ]);
    expect(harness.due()).toBeNull();
  });

  it("of a source without accounts is over at once", async () => {
    const harness = await replayHarness([]);
    const replay = await harness.ask({ kind: "snapshot" });
    await harness.replay();
    expect(await harness.events()).toEqual([]);
    expect(await harness.store.replay(replay)).toMatchObject({ state: "done", done: 0 });
  });

  it("leaves out an account whose document was lost with the database", async () => {
    const harness = await loaded();
    const known = harness.store.state.accounts.get(1)?.get("c");
    if (known !== undefined) known.hash = noFingerprint;
    await harness.ask({ kind: "snapshot" });
    await harness.finish();
    expect(await harness.snapshots()).toEqual(all.filter((one) => one !== "c v1"));
  });

  it("keeps its pace, and gives way to what is due meanwhile", async () => {
    const harness = await loaded();
    const { lane, clock } = harness;
    await harness.ask({ kind: "snapshot", pace });
    await harness.replay();
    expect(await harness.snapshots()).toEqual(["a v1", "b v1"]);
    expect(harness.due()).toBeNull();
    await clock.advance(999);
    expect(harness.due()).toBeNull();
    await clock.advance(1);
    expect(harness.due()).toBe("replay");
    lane.pollDueAtMs = clock.monotonicMs();
    expect(harness.due()).toBe("poll");
    await harness.poll([seen("b", { email: "new@x" }), seen("d", { email: "new@x" }), seen("f")]);
    expect(harness.due()).toBe("replay");
    await harness.finish();
    expect((await harness.events()).slice(5)).toEqual([
      "snapshot a v1",
      "snapshot b v1",
      "updated b v2",
      "updated d v2",
      "inserted f v1",
      "snapshot c v1",
      "snapshot d v2",
      "snapshot e v1",
      "snapshot f v1",
    ]);
  });

  it("without a pace gives way after every chunk, to a due poll and to what a person asks for", async () => {
    const harness = await loaded();
    const { lane, clock, store } = harness;
    let meanwhile = () => {
      lane.pollDueAtMs = clock.monotonicMs();
    };
    harness.ports.store = {
      ...store,
      // One account at a time.
      livingAccounts(slice) {
        meanwhile();
        return store.livingAccounts({ ...slice, limit: 1 });
      },
    };
    await harness.ask({ kind: "snapshot" });
    await harness.replay();
    expect(await harness.snapshots()).toEqual(all.slice(0, 1));
    expect(harness.due()).toBe("poll");
    meanwhile = () => {
      lane.isAwaited = true;
    };
    await harness.replay();
    expect(await harness.snapshots()).toEqual(all.slice(0, 2));
    meanwhile = () => {};
    lane.isAwaited = false;
    await harness.replay();
    expect(await harness.snapshots()).toEqual(all);
  });

  it("of a source that is never polled gives way to its sweeps, and they to it", async () => {
    const harness = await loaded({ everyMs: null });
    const { lane, clock, store } = harness;
    harness.ports.store = {
      ...store,
      livingAccounts(slice) {
        lane.sweepDueAtMs = clock.monotonicMs();
        return store.livingAccounts({ ...slice, limit: pace });
      },
    };
    await harness.ask({ kind: "snapshot" });
    expect(harness.due()).toBe("replay");
    await harness.replay();
    expect(await harness.snapshots()).toEqual(all.slice(0, pace));
    expect(harness.due()).toBe("sweep");
    await harness.sweep(["a", "b", "c", "d", "e"]);
    expect(harness.due()).toBe("replay");
    await harness.finish();
    expect(await harness.snapshots()).toEqual(all);
  });

  it("waits while Kafka takes nothing, and keeps no poll waiting meanwhile", async () => {
    const harness = await loaded();
    const { shard, clock } = harness;
    await harness.ask({ kind: "snapshot" });
    shard.journal.written(10_000n);
    const turn = harness.replay();
    await clock.advance(200);
    await turn;
    expect(await harness.snapshots()).toEqual([]);
    expect(harness.due()).toBeNull();
    await clock.advance(250);
    expect(harness.due()).toBe("replay");
    shard.journal.published(10_000n, clock.now());
    await harness.replay();
    expect(await harness.snapshots()).toEqual(all);
  });

  it.each(lossesOf(["commit", "livingAccounts", "loadSource", "openReplays"]))(
    "tells everything exactly once when call $nth of $operation is lost (applied: $applied)",
    async (loss) => {
      const harness = await loaded();
      const replay = await harness.ask({ kind: "snapshot", pace });
      loseNth(harness, loss);
      await harness.finish();
      expect(await harness.snapshots()).toEqual(all);
      expect(await harness.store.replay(replay)).toMatchObject({ state: "done", done: 5 });
    },
  );

  it("goes on where it was after a takeover, and the owner before cannot tell anything any more", async () => {
    const harness = await loaded();
    await harness.ask({ kind: "snapshot", pace });
    await harness.replay();
    const before = harness.lane;
    await harness.restart();
    await harness.look();
    await takeTurn(before, "replay", harness.ports);
    expect(before.shard.signal.aborted).toBe(true);
    await harness.finish();
    expect(await harness.snapshots()).toEqual(all);
  });

  it("that is paused in the middle of a chunk tells nothing of it, and goes on there when it is resumed", async () => {
    const harness = await loaded();
    const { store, log } = harness;
    const replay = await harness.ask({ kind: "snapshot", pace });
    await harness.replay();
    const { livingAccounts } = store;
    harness.ports.store = {
      ...store,
      async livingAccounts(slice) {
        await store.steerReplay(replay, "pause");
        return livingAccounts(slice);
      },
    };
    await harness.replay();
    harness.ports.store = store;
    expect(harness.due()).toBeNull();
    expect(await harness.snapshots()).toEqual(["a v1", "b v1"]);
    expect(log.lines.filter(({ level }) => level !== "info")).toEqual([]);
    await store.steerReplay(replay, "resume");
    await harness.look();
    expect(harness.due()).toBe("replay");
    await harness.finish();
    expect(await harness.snapshots()).toEqual(all);
  });

  it("that is cancelled tells nothing more, and the next one begins", async () => {
    const harness = await loaded();
    const first = await harness.ask({ kind: "snapshot", pace });
    const second = await harness.ask({ kind: "snapshot" });
    await harness.replay();
    await harness.store.steerReplay(first, "cancel");
    await harness.look();
    await harness.finish();
    expect(await harness.snapshots()).toEqual(["a v1", "b v1", ...all]);
    expect(await harness.store.replay(second)).toMatchObject({ state: "done" });
  });

  it("waits while the source is paused or halted", async () => {
    const harness = await loaded();
    const { lane } = harness;
    await harness.ask({ kind: "snapshot" });
    for (const state of ["paused", "halted"] as const) {
      lane.source = { ...lane.source, state };
      expect(harness.due()).toBeNull();
    }
  });

  it("comes in chunks of 500 accounts", async () => {
    const ids = Array.from({ length: 1_100 }, (_, index) => `n${String(index).padStart(4, "0")}`);
    const harness = await replayHarness(ids);
    await published(harness);
    await harness.ask({ kind: "snapshot" });
    const chunks: number[] = [];
    const { commit } = harness.store;
    harness.ports.store = {
      ...harness.store,
      async commit(step) {
        const outcome = await commit(step);
        if (step.replay !== undefined) chunks.push(step.entries.length);
        harness.shard.journal.written(BigInt(chunks.length));
        queueMicrotask(() => void published(harness));
        return outcome;
      },
    };
    const turn = harness.replay();
    await harness.clock.advance(200);
    await turn;
    await harness.finish();
    expect(chunks).toEqual([500, 500, 100, 0]);
    expect(await harness.snapshots()).toEqual(ids.map((id) => `${id} v1`));
  });
});
