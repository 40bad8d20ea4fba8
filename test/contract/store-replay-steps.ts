import { expect, it } from "vitest";
import type { NewEntry } from "../../src/core/change.ts";
import type { AskedReplay, Store } from "../../src/ports/store.ts";
import {
  account,
  besides,
  committed,
  entry,
  everything,
  inserting,
  journalOf,
  type Owned,
  owned,
  step,
  type StoreUnderTest,
  whole,
} from "./store-samples.ts";

/** A source with accounts `a` and `b`, polled to its end. */
async function loaded(store: Store): Promise<Owned> {
  const start = await owned(store);
  const counts = { pages: 1, observed: 2, inserted: 2, updated: 0, deleted: 0, unchanged: 0, quarantined: 0 };
  const finished = { kind: "poll" as const, nextInMs: 60_000, tookMs: 1, counts };
  return committed(store, start, inserting(start, ["a", "b"], { cursor: "live", finished }));
}

async function started(store: Store, kind: "snapshot" | "backfill"): Promise<string> {
  const asked: AskedReplay =
    kind === "snapshot"
      ? { kind, source: "acme", actor: "ann", pace: null }
      : { kind, source: "acme", actor: "ann", pace: null, since: "2026-01-01T00:00:00.000Z", until: null };
  const answer = await store.startReplay(asked);
  if (!("id" in answer)) throw new Error(`the replay was refused: ${answer.kind}`);
  return answer.id;
}

function snapshotOf(id: string, replay: string): NewEntry {
  return { ...entry(id, 1, "snapshot"), replay: { id: replay, originSeq: null } };
}

export function replayStepContract(open: () => Promise<StoreUnderTest>): void {
  it("living accounts are found slice by slice, in the order of their ids, with their documents", async () => {
    const { store } = await open();
    const start = await owned(store);
    let at = await committed(store, start, inserting(start, ["a", "B", "c", "é"]));
    at = await committed(
      store,
      at,
      step(at, { entries: [entry("c", 2, "deleted"), entry("é", 2, "updated")] }),
    );
    const other = await besides(store, at);
    await committed(store, other, inserting(other, ["d"]));
    const slice = (after: string | null, limit: number, maxBytes = 1_000) =>
      store.livingAccounts({ sourceId: start.source.id, after, limit, maxBytes });
    expect(await slice(null, 2)).toEqual([account("B"), account("a")]);
    expect(await slice("a", 2)).toEqual([account("é", 2)]);
    expect(await slice("é", 2)).toEqual([]);
    expect(await slice(null, 3, 1)).toEqual([account("B")]);
  });

  it("a step brings its snapshots and the replay's place into one commit, and leaves the accounts alone", async () => {
    const { store } = await open();
    const start = await loaded(store);
    const replay = await started(store, "snapshot");
    expect(await store.openReplays([0])).toMatchObject([{ id: replay, position: null, done: 0 }]);
    const changedAgo = async () => (await store.overview()).sources[0]?.lastChangeAgeMs;
    const before = await changedAgo();
    let at = await committed(
      store,
      start,
      step(start, {
        kind: "replay",
        entries: [snapshotOf("a", replay)],
        replay: { id: replay, position: "a", done: 1, hasEnded: false },
      }),
    );
    expect(at.firstSeq).toBe("3");
    expect((await journalOf(store)).at(2)).toMatchObject({
      seq: "3",
      op: "snapshot",
      version: 1,
      replay: { id: replay, originSeq: null },
    });
    expect((await journalOf(store)).at(1)).not.toHaveProperty("replay");
    expect(await store.openReplays([0])).toMatchObject([{ id: replay, position: "a", done: 1 }]);
    expect(await store.knownAccounts(at.source.id, whole(["a"]))).toEqual([account("a")]);
    expect(await changedAgo()).toBeGreaterThanOrEqual(before ?? 0);

    const position = { cursor: { since: 1 }, left: 2 };
    const last = { id: replay, position, done: 1, hasEnded: true };
    at = await committed(
      store,
      at,
      step(at, { kind: "replay", entries: [snapshotOf("b", replay)], replay: last }),
    );
    expect(await store.openReplays([0])).toEqual([]);
    expect(await store.replay(replay)).toMatchObject({ state: "done", done: 2 });
  });

  it("what a backfill finds changes accounts as usual, beside the live cursor", async () => {
    const { store } = await open();
    const start = await loaded(store);
    const replay = await started(store, "backfill");
    const position = { cursor: { since: [null, 1] }, left: 2 };
    const at = await committed(
      store,
      start,
      step(start, {
        kind: "replay",
        entries: [entry("a", 2, "updated")],
        replay: { id: replay, position, done: 7, hasEnded: false },
      }),
    );
    expect(at.source.cursor).toBe("live");
    expect(await store.knownAccounts(at.source.id, whole(["a"]))).toEqual([account("a", 2)]);
    expect(await store.openReplays([0])).toMatchObject([{ id: replay, position, done: 7 }]);
    expect((await journalOf(store)).at(-1)).not.toHaveProperty("replay");
  });

  it.each(["paused", "cancelled", "over", "another source's", "unknown"] as const)(
    "of a replay that is %s a step is stale, and nothing of it happens",
    async (which) => {
      const { store } = await open();
      let at = await loaded(store);
      const replay = await started(store, "snapshot");
      const advance = { id: replay, position: "a", done: 1, hasEnded: which === "over" };
      if (which === "paused") await store.steerReplay(replay, "pause");
      if (which === "cancelled") await store.steerReplay(replay, "cancel");
      if (which === "over") at = await committed(store, at, step(at, { replay: advance }));
      if (which === "another source's") at = await besides(store, at);
      const before = [await everything(store, at, ["a"]), await store.replay(replay)];
      const outcome = await store.commit(
        step(at, {
          entries: [snapshotOf("a", replay), entry("c")],
          replay: { ...advance, id: which === "unknown" ? "4711" : replay },
        }),
      );
      expect(outcome).toEqual({ kind: "stale" });
      expect([await everything(store, at, ["a"]), await store.replay(replay)]).toEqual(before);
    },
  );

  it("a replay that was paused goes on where it was", async () => {
    const { store } = await open();
    let at = await loaded(store);
    const replay = await started(store, "snapshot");
    at = await committed(
      store,
      at,
      step(at, { replay: { id: replay, position: "a", done: 1, hasEnded: false } }),
    );
    await store.steerReplay(replay, "pause");
    expect(await store.openReplays([0])).toEqual([]);
    await store.steerReplay(replay, "resume");
    expect(await store.openReplays([0])).toMatchObject([{ id: replay, position: "a", done: 1 }]);
  });
}
