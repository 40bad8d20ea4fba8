import { expect, it } from "vitest";
import type { OpenSweep, Store } from "../../src/ports/store.ts";
import {
  committed,
  entry,
  inserting,
  noCounts,
  type Owned,
  owned,
  reload,
  step,
  type StoreUnderTest,
  whole,
} from "./store-samples.ts";

export function sweepContract(open: () => Promise<StoreUnderTest>): void {
  it("a sweep that is opened is found again with its position and count", async () => {
    const { store } = await open();
    const { at, sweep } = await sweeping(store, ["a", "b", "c"]);
    expect(sweep).toMatchObject({ position: null, seen: 0 });
    expect(at.source.openSweep).toEqual(sweep);
    const seen = { passId: sweep.passId, ids: ["a", "b"], position: { offset: 2 } };
    const after = await committed(store, at, step(at, { seen }));
    expect(after.source.openSweep).toEqual({
      passId: sweep.passId,
      position: { offset: 2 },
      seen: 2,
      observed: 2,
    });
    expect((await store.overview()).sources[0]?.sweeping).toBe(true);
  });

  it("opening a sweep that is open already gives that one", async () => {
    const { store } = await open();
    const { at, sweep } = await sweeping(store, ["a"]);
    await committed(store, at, step(at, { seen: { passId: sweep.passId, ids: ["a"], position: 7 } }));
    const again = await store.openSweep({ ...at.lease, sourceId: at.source.id });
    expect(again).toEqual({ passId: sweep.passId, position: 7, seen: 1, observed: 1 });
  });

  it("without the term no sweep is opened", async () => {
    const { store } = await open();
    const { source } = await owned(store);
    expect(await store.openSweep({ shard: 0, term: "0", sourceId: source.id })).toBeNull();
    expect((await reload(store, source)).openSweep).toBeNull();
  });

  it("an id counts once, however many pages of sweep and poll observe it; a poll leaves the position", async () => {
    const { store } = await open();
    const { at, sweep } = await sweeping(store, ["a", "b", "c"]);
    const { passId } = sweep;
    let next = await committed(store, at, step(at, { seen: { passId, ids: ["a", "b"], position: "p1" } }));
    next = await committed(store, next, inserting(next, ["new"], { seen: { passId, ids: ["b", "new"] } }));
    next = await committed(store, next, step(next, { seen: { passId, ids: [] } }));
    expect(next.source.openSweep).toEqual({ passId, position: "p1", seen: 3, observed: 2 });
    expect(await store.countSeen(passId)).toBe(3);
  });

  it("the absent are the living accounts that were not seen, by id in byte order, slice by slice", async () => {
    const { store } = await open();
    const ids = ["a", "B", "z", "é", "\uff5e", "😀", "seen", "gone"];
    const { at, sweep } = await sweeping(store, ids);
    const { passId } = sweep;
    const gone = { entries: [entry("gone", 2, "deleted")] };
    const next = await committed(store, at, step(at, { ...gone, seen: { passId, ids: ["seen"] } }));
    const { id: sourceId } = next.source;
    expect(await store.countAbsent(sourceId, passId)).toBe(6);
    const slice = (after: string | null) => store.absentAccounts({ sourceId, passId, after, limit: 4 });
    expect(await slice(null)).toEqual(["B", "a", "z", "é"]);
    expect(await slice("é")).toEqual(["\uff5e", "😀"]);
    expect(await slice("😀")).toEqual([]);
  });

  it("the end of a sweep closes it and discards its staging", async () => {
    const { store } = await open();
    const { at, sweep } = await sweeping(store, ["a", "b"]);
    const { passId } = sweep;
    const next = await committed(store, at, step(at, { seen: { passId, ids: ["a"] } }));
    const finished = { kind: "sweep" as const, nextInMs: 7_200_000, tookMs: 9.5, counts: noCounts };
    const end = await committed(store, next, step(next, { seen: { passId, ids: ["b"] }, finished }));
    expect(end.source).toMatchObject({ openSweep: null, isLoaded: true, failures: 0 });
    expect(end.source.sweepDueInMs).toBeGreaterThan(7_000_000);
    expect(end.source.lastSuccessAgeMs).not.toBeNull();
    expect(await store.countSeen(passId)).toBe(0);
    const second = await store.openSweep({ ...end.lease, sourceId: end.source.id });
    expect(second).toMatchObject({ position: null, seen: 0 });
    expect(second?.passId).not.toBe(passId);
  });

  it("the overview tells the last poll that ended well from the last complete sweep", async () => {
    const { store, advance } = await open();
    const { at } = await sweeping(store, ["a"]);
    const ages = async () => (await store.overview()).sources[0];
    expect(await ages()).toMatchObject({ lastPollAgeMs: null, lastSweepAgeMs: null });
    const finished = { nextInMs: 1, tookMs: 1, counts: noCounts };
    const next = await committed(store, at, step(at, { finished: { ...finished, kind: "sweep" } }));
    expect(await ages()).toMatchObject({ lastPollAgeMs: null, lastSweepAgeMs: expect.any(Number) });
    await advance(60_000);
    const { source } = await committed(store, next, step(next, { finished: { ...finished, kind: "poll" } }));
    const { lastPollAgeMs, lastSweepAgeMs } = (await ages()) ?? {};
    expect(lastPollAgeMs).toBeLessThan(60_000);
    expect(lastSweepAgeMs).toBeGreaterThanOrEqual(60_000);
    expect(source.lastSuccessAgeMs).toBeLessThan(60_000);
  });

  it("the history of passes is forgotten after a while, and never an open sweep", async () => {
    const { store, advance } = await open();
    const { at, sweep } = await sweeping(store, ["a"]);
    await store.failPass({
      ...at.lease,
      sourceId: at.source.id,
      kind: "poll",
      halt: false,
      code: "TIDEMARK_UPSTREAM_UNAVAILABLE",
      message: "502",
      retryInMs: 1_000,
      tookMs: 1,
      counts: noCounts,
      abandonSweep: false,
    });
    expect(await store.prunePasses(1)).toBe(0);
    await advance(1_000);
    expect(await store.prunePasses(0)).toBeGreaterThan(0);
    expect((await reload(store, at.source)).openSweep?.passId).toBe(sweep.passId);
  });

  it("a page of a sweep that is not open any more is stale and changes nothing", async () => {
    const { store } = await open();
    const { at, sweep } = await sweeping(store, ["a"]);
    const { passId } = sweep;
    const finished = { kind: "sweep" as const, nextInMs: 1, tookMs: 1, counts: noCounts };
    const end = await committed(store, at, step(at, { finished }));
    const late = inserting(end, ["b"], { seen: { passId, ids: ["b"] } });
    expect(await store.commit(late)).toEqual({ kind: "stale" });
    expect(await store.commit({ ...late, finished })).toEqual({ kind: "stale" });
    expect(await store.countSeen(passId)).toBe(0);
    expect(await store.knownAccounts(end.source.id, whole(["b"]))).toEqual([]);
    expect((await reload(store, end.source)).revision).toBe(end.source.revision);
  });

  it("of what is absent, deletes that a person has approved are told apart, by id, slice by slice", async () => {
    const { store } = await open();
    const ids = ["a", "B", "c", "é", "seen", "waits", "free"];
    const { at, sweep } = await sweeping(store, ids);
    const { passId } = sweep;
    const slice = { sourceId: at.source.id, passId, after: null, limit: 10 };
    const deletes = (...held: string[]) => held.map((id) => ({ id, document: null }));
    const hold = { reason: "too-many-deletes" as const, detail: "too many" };
    const document = { text: "{}", hash: "0".repeat(32), upstreamTime: null };
    let next = await committed(
      store,
      at,
      step(at, {
        holds: [
          { ...hold, changes: deletes("a", "B", "c", "é", "seen") },
          { ...hold, reason: "too-many-inserts", changes: [{ id: "new", document }] },
        ],
      }),
    );
    expect(await store.approvedAbsent(slice)).toEqual([]);
    await approve(store, next);
    const page = { seen: { passId, ids: ["seen"], position: 1 }, released: ["c"] };
    next = { ...next, source: await reload(store, next.source) };
    next = await committed(store, next, step(next, page));
    await committed(store, next, step(next, { holds: [{ ...hold, changes: deletes("waits") }] }));
    expect(await store.approvedAbsent(slice)).toEqual(["B", "a", "é"]);
    expect(await store.approvedAbsent({ ...slice, after: "B", limit: 1 })).toEqual(["a"]);
    expect(await store.approvedAbsent({ ...slice, after: "é" })).toEqual([]);
    expect(await store.approvedAbsent({ ...slice, passId: "99" })).toEqual([]);
  });

  it.each([false, true])(
    "a failed sweep goes on later, or is given up and starts anew (%s)",
    async (abandonSweep) => {
      const { store } = await open();
      const { at, sweep } = await sweeping(store, ["a", "b"]);
      const { passId } = sweep;
      const next = await committed(store, at, step(at, { seen: { passId, ids: ["a"], position: 1 } }));
      const code = "TIDEMARK_UPSTREAM_SWEEP_INCOMPLETE";
      const failure = {
        kind: "sweep" as const,
        halt: false,
        code,
        message: "count",
        tookMs: 1,
        counts: noCounts,
      };
      await store.failPass({
        ...next.lease,
        sourceId: next.source.id,
        ...failure,
        retryInMs: 40_000,
        abandonSweep,
      });
      const after = await reload(store, next.source);
      expect(after).toMatchObject({ failures: 1, state: "running" });
      expect(after.sweepDueInMs).toBeLessThanOrEqual(40_000);
      expect(after.openSweep).toEqual(abandonSweep ? null : { passId, position: 1, seen: 1, observed: 1 });
      expect(await store.countSeen(passId)).toBe(abandonSweep ? 0 : 1);
    },
  );
}

/** Has every hold approved. */
async function approve(store: Store, { lease }: Owned): Promise<void> {
  for (const { id } of await store.holds()) {
    const hold = { id, note: null };
    const intent = await store.askIntent({ source: "acme", verb: "approve", actor: "ann", hold });
    await store.finishIntent({ ...lease, intent: intent ?? "", outcome: "done" });
  }
}

/** A source with these accounts and an open sweep. */
async function sweeping(store: Store, ids: readonly string[]): Promise<{ at: Owned; sweep: OpenSweep }> {
  const start = await owned(store);
  const { lease, source } = await committed(store, start, inserting(start, ids));
  const sweep = await store.openSweep({ ...lease, sourceId: source.id });
  if (sweep === null) throw new Error("the sweep was not opened");
  return { at: { lease, source: await reload(store, source) }, sweep };
}
