import * as fc from "fast-check";
import { expect, it } from "vitest";
import type { IntentVerb, MovedCursor, Store } from "../../src/ports/store.ts";
import {
  type Owned,
  type StoreUnderTest,
  besides,
  committed,
  entry,
  everything,
  inserting,
  noCounts,
  owned,
  reload,
  step,
} from "./store-samples.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const finished = { kind: "poll" as const, nextInMs: minuteMs, tookMs: 5, counts: noCounts };

/** Ends a poll at this cursor, leaving a checkpoint. */
function polled(store: Store, at: Owned, cursor: number): Promise<Owned> {
  return committed(store, at, step(at, { cursor, cursorVersion: 3, leavesCheckpoint: true, finished }));
}

async function act(store: Store, { lease }: Owned, verb: IntentVerb, moved?: MovedCursor) {
  const intent = (await store.askIntent({ source: "acme", verb, actor: "ann" })) ?? "";
  const isDone = await store.finishIntent({
    intent,
    shard: lease.shard,
    term: lease.term,
    outcome: "done",
    ...(moved === undefined ? {} : { moved }),
  });
  return { isDone, intent: await store.intent(intent) };
}

/** Where a source once stood, and that it can be sent back there. */
export function checkpointContract(open: () => Promise<StoreUnderTest>): void {
  it("a step that leaves a checkpoint tells where the source stands after it; any other leaves none", async () => {
    const { store } = await open();
    const start = await owned(store);
    expect(start.source).toMatchObject({ checkpointAgeMs: null, cursorVersion: 1 });
    const loaded = await committed(store, start, inserting(start, ["a", "b"], { cursor: { at: 1 } }));
    expect(await store.checkpoints({ source: "acme", limit: 9 })).toEqual([]);
    const at = await polled(store, loaded, 7);
    await committed(
      store,
      at,
      step(at, { leavesCheckpoint: true, finished: { ...finished, kind: "sweep" } }),
    );
    const where = {
      source: "acme",
      cursor: 7,
      cursorVersion: 3,
      shard: 0,
      seq: "2",
      population: 2,
      actor: null,
    };
    expect(await store.checkpoints({ source: "acme", limit: 9 })).toMatchObject([
      { ...where, reason: "sweep" },
      { ...where, reason: "poll" },
    ]);
    expect((await reload(store, at.source)).checkpointAgeMs).toBeLessThan(minuteMs);
    expect(at.source).toMatchObject({ cursor: 7, cursorVersion: 3 });
  });

  it("checkpoints are found by id and by time, each of its source", async () => {
    const { store, advance } = await open();
    let at = await owned(store);
    const other = await besides(store, at);
    for (const cursor of [1, 2, 3]) {
      at = await polled(store, at, cursor);
      await advance(hourMs);
    }
    const theirs = { cursor: 9, leavesCheckpoint: true, finished };
    await committed(store, other, step(other, theirs));
    const [third, second, first] = await store.checkpoints({ source: "acme", limit: 9 });
    expect([third?.cursor, second?.cursor, first?.cursor]).toEqual([3, 2, 1]);
    expect(await store.checkpoints({ source: "acme", limit: 1 })).toEqual([third]);
    expect(await store.firstCheckpoint("acme")).toEqual(first);
    expect(await store.checkpoint(second?.id ?? "")).toEqual(second);
    expect(await store.checkpoint("999")).toBeNull();
    const later = (ms: number) => new Date(Date.parse(second?.at ?? "") + ms).toISOString();
    expect(await store.checkpointAt("acme", later(1))).toEqual(second);
    expect(await store.checkpointAt("acme", later(hourMs - 1_000))).toEqual(second);
    expect(await store.checkpointAt("acme", later(-1_000))).toEqual(first);
    expect(await store.checkpointAt("acme", later(-1.5 * hourMs))).toBeNull();
    expect(await store.checkpointAt("nobody", later(0))).toBeNull();
  });

  it("checkpoints are told page by page, each once, beside those of other sources", async () => {
    const { store } = await open();
    let at = await owned(store);
    let other = await besides(store, at);
    for (const cursor of [1, 2, 3, 4, 5]) {
      at = await polled(store, at, cursor);
      other = await committed(store, other, step(other, { cursor: 9, leavesCheckpoint: true, finished }));
    }
    const told: unknown[] = [];
    let before: string | undefined;
    for (const length of [2, 2, 1, 0]) {
      const page = await store.checkpoints({ source: "acme", limit: 2, before });
      expect(page).toHaveLength(length);
      told.push(...page.map(({ cursor }) => cursor));
      before = page.at(-1)?.id ?? before;
    }
    expect(told).toEqual([5, 4, 3, 2, 1]);
    expect(await store.checkpoints({ source: "acme", limit: 2, before: "999" }), "it is gone").toEqual([]);
  });

  it("what was journalled of a source after a number is counted, replays and other sources aside", async () => {
    const { store } = await open();
    let at = await owned(store);
    expect(await store.changesSince("acme", "0")).toMatchObject({ events: 0, accounts: 0, firstAt: null });
    at = await committed(store, at, inserting(at, ["a", "b"]));
    const other = await besides(store, at);
    await committed(store, other, step(other, { entries: [{ ...entry("x"), key: "other/x" }] }));
    at = await committed(
      store,
      at,
      step(at, { entries: [entry("a", 2, "updated"), entry("a", 3, "updated")] }),
    );
    const again = { ...entry("a", 3, "snapshot"), replay: { id: "1", originSeq: null } };
    await committed(store, at, step(at, { entries: [again] }));
    const changes = { events: 4, accounts: 2, firstAt: expect.any(String), lastAt: expect.any(String) };
    expect(await store.changesSince("acme", "0")).toEqual(changes);
    expect(await store.changesSince("acme", "2")).toMatchObject({ events: 2, accounts: 1 });
    expect(await store.changesSince("acme", "6")).toMatchObject({ events: 0, accounts: 0 });
    expect(await store.changesSince("acme", "7"), "it was never given").toBeNull();
    expect(await store.changesSince("nobody", "0")).toBeNull();
  });

  it("the live cursor tells its version, and when it was written", async () => {
    const { store } = await open();
    const start = await owned(store);
    expect(await store.liveCursor("acme")).toMatchObject({ cursor: null, movedAt: null, seq: "0" });
    const { source } = await polled(store, start, 4);
    const live = await store.liveCursor("acme");
    expect(live).toMatchObject({ source: "acme", cursor: 4, cursorVersion: 3, shard: 0, population: 0 });
    expect(live).toMatchObject({ revision: source.revision, movedAt: expect.any(String) });
    expect(await store.liveCursor("nobody")).toBeNull();
  });

  it.each(["pause", "resume", "poll", "sweep"] as const)(
    "%s leaves a checkpoint with its actor, and the cursor as it is",
    async (verb) => {
      const { store } = await open();
      const start = await owned(store);
      const at = await committed(store, start, inserting(start, ["a"], { cursor: 5, finished }));
      const { intent } = await act(store, at, verb);
      const [left] = await store.checkpoints({ source: "acme", limit: 9 });
      expect(left).toMatchObject({ cursor: 5, seq: "1", population: 1, reason: verb, actor: "ann" });
      expect(intent?.answer).toEqual({ checkpoint: left?.id, replay: null });
      const { cursor, revision, checkpointAgeMs } = await reload(store, at.source);
      expect({ cursor, revision }).toEqual({ cursor: 5, revision: at.source.revision });
      expect(checkpointAgeMs).toBeLessThan(minuteMs);
    },
  );

  it("a cursor that is moved is where the source goes on at once; the checkpoint tells where it stood", async () => {
    const { store } = await open();
    const at = await polled(store, await owned(store), 7);
    const late = inserting(at, ["late"], { cursor: 8 });
    const { revision } = at.source;
    const { intent } = await act(store, at, "set", {
      revision,
      cursor: 2,
      cursorVersion: 2,
      republish: null,
    });
    const [left] = await store.checkpoints({ source: "acme", limit: 9 });
    expect(left).toMatchObject({ cursor: 7, cursorVersion: 3, reason: "set", actor: "ann" });
    expect(intent?.answer).toEqual({ checkpoint: left?.id, replay: null });
    const moved = await reload(store, at.source);
    expect(moved).toMatchObject({ cursor: 2, cursorVersion: 2, pollAsked: true, isLoaded: true });
    expect(moved.pollDueInMs).toBeLessThanOrEqual(0);
    expect(moved.cursorAgeMs).toBeLessThan(minuteMs);
    expect(await store.commit(late), "a commit in flight").toEqual({ kind: "stale" });
  });

  it("a cursor that is taken away leaves none", async () => {
    const { store } = await open();
    const at = await polled(store, await owned(store), 7);
    const nowhere = { revision: at.source.revision, cursor: null, cursorVersion: 1, republish: null };
    expect((await act(store, at, "reset", nowhere)).isDone).toBe(true);
    expect(await reload(store, at.source)).toMatchObject({ cursor: null, cursorAgeMs: null, isLoaded: true });
  });

  it("a cursor is not moved from another revision, nor after the term was lost: nothing happens, and it stays asked for", async () => {
    const { store } = await open();
    const at = await polled(store, await owned(store), 7);
    const before = await everything(store, at, []);
    const checkpoints = await store.checkpoints({ source: "acme", limit: 9 });
    const moved = { revision: "12", cursor: 2, cursorVersion: 3, republish: { pace: null } };
    const { isDone, intent } = await act(store, at, "rewind", moved);
    expect({ isDone, doneAt: intent?.doneAt }).toEqual({ isDone: false, doneAt: null });
    const stale = { ...at, lease: { ...at.lease, term: "1" } };
    const current = { ...moved, revision: at.source.revision };
    expect((await act(store, stale, "rewind", current)).isDone).toBe(false);
    expect(await everything(store, at, [])).toEqual(before);
    expect(await store.checkpoints({ source: "acme", limit: 9 })).toEqual(checkpoints);
    expect(await store.openReplays([0])).toEqual([]);
    expect(await store.pendingIntents([0])).toHaveLength(2);
  });

  it("an act that is refused is recorded, and changes nothing", async () => {
    const { store } = await open();
    const at = await polled(store, await owned(store), 7);
    const before = await everything(store, at, []);
    const intent = (await store.askIntent({ source: "acme", verb: "rewind", actor: "ann" })) ?? "";
    const outcome = "refused: the cursor has moved";
    await store.finishIntent({ intent, shard: at.lease.shard, term: at.lease.term, outcome });
    expect(await store.intent(intent)).toMatchObject({ outcome, doneAt: expect.any(String), answer: null });
    expect(await everything(store, at, [])).toEqual(before);
    expect(await store.checkpoints({ source: "acme", limit: 9 })).toHaveLength(1);
  });

  it("what the next poll is to publish again is a replay of its source; the next move ends it", async () => {
    const { store } = await open();
    const at = await polled(store, await owned(store), 7);
    const republish = { pace: null };
    const back = { revision: at.source.revision, cursor: 2, cursorVersion: 3, republish };
    const { intent } = await act(store, at, "rewind", back);
    const [open1] = await store.openReplays([0]);
    expect(open1).toMatchObject({ kind: "republish", shard: 0, sourceId: at.source.id, done: 0, pace: null });
    expect(intent?.answer).toMatchObject({ replay: open1?.id });
    const { revision } = await reload(store, at.source);
    await act(store, at, "reset", { revision, cursor: null, cursorVersion: 3, republish: { pace: 7 } });
    const still = await store.openReplays([0]);
    expect(still).toMatchObject([{ kind: "republish", pace: 7 }]);
    expect(still[0]?.id).not.toBe(open1?.id);
  });

  it("with age they are thinned out to the last of each hour, then of each day; the newest one stays", async () => {
    const ages = { allMs: 2 * hourMs, hourlyMs: 2 * dayMs, dailyMs: 5 * dayMs };
    // No checkpoint comes near an age at which it matters, whatever the clock does meanwhile.
    const pauses = fc.array(fc.integer({ min: 1, max: 160 }), { minLength: 1, maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(pauses, async (tenMinutes) => {
        const { store, advance } = await open();
        let at = await owned(store);
        for (const [index, tens] of tenMinutes.entries()) {
          at = await polled(store, at, index);
          await advance(tens * 10 * minuteMs + 5 * minuteMs);
        }
        await advance(2 * minuteMs);
        const all = (await store.checkpoints({ source: "acme", limit: 99 })).toReversed();
        const { checkpointAgeMs } = await reload(store, at.source);
        const newestAtMs = Date.parse(all.at(-1)?.at ?? "");
        const kept = all.filter((one, index) => {
          const atMs = Date.parse(one.at);
          const ageMs = (checkpointAgeMs ?? 0) + newestAtMs - atMs;
          const isLastOf = (unitMs: number) =>
            all
              .slice(index + 1)
              .every((later) => Math.floor(Date.parse(later.at) / unitMs) !== Math.floor(atMs / unitMs));
          if (ageMs <= ages.allMs || index === all.length - 1) return true;
          if (ageMs <= ages.hourlyMs) return isLastOf(hourMs);
          return ageMs <= ages.dailyMs && isLastOf(dayMs);
        });
        expect(await store.thinCheckpoints(ages)).toBe(all.length - kept.length);
        const left = await store.checkpoints({ source: "acme", limit: 99 });
        expect(left.map(({ cursor }) => cursor)).toEqual(kept.toReversed().map(({ cursor }) => cursor));
        expect(await store.thinCheckpoints(ages)).toBe(0);
      }),
      { numRuns: 10 },
    );
  });
}
