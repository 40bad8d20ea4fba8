import { expect, it } from "vitest";
import type { Store } from "../../src/ports/store.ts";
import {
  type StoreUnderTest,
  committed,
  config,
  failed,
  noCounts,
  owned,
  reload,
  step,
} from "./store-samples.ts";

const dayMs = 86_400_000;
const finished = { kind: "sweep" as const, nextInMs: dayMs, tookMs: 1, counts: noCounts };

async function carriedOut(store: Store, verb: "poll" | "sweep" | "resume", term: string): Promise<void> {
  const intent = (await store.askIntent({ source: "acme", verb, actor: "test" })) ?? "";
  expect(await store.finishIntent({ intent, shard: 0, term, outcome: "done" })).toBe(true);
}

/** A source that is never polled is due for its sweeps alone, and one that is not offered any sweep goes on without. */
export function sweptContract(open: () => Promise<StoreUnderTest>): void {
  it("a source without polls is due for its first sweep at once, and loaded when that has ended", async () => {
    const { store } = await open();
    const at = await owned(store, { everyMs: null, sweepEveryMs: dayMs });
    expect(at.source).toMatchObject({ everyMs: null, pollDueInMs: null, isLoaded: false });
    expect(at.source.sweepDueInMs).toBeLessThanOrEqual(0);
    expect((await store.overview()).sources).toMatchObject([{ pollDueInMs: null, lastPollAgeMs: null }]);
    await store.openSweep({ ...at.lease, sourceId: at.source.id });
    expect((await reload(store, at.source)).isLoaded).toBe(false);
    const { source } = await committed(store, at, step(at, { finished }));
    expect(source).toMatchObject({ isLoaded: true, pollDueInMs: null });
    expect(source.sweepDueInMs).toBeGreaterThan(dayMs / 2);
  });

  it.each(["poll", "sweep"] as const)("the intent %s sweeps a source without polls", async (verb) => {
    const { store } = await open();
    const at = await owned(store, { everyMs: null, sweepEveryMs: dayMs });
    const { source } = await committed(store, at, step(at, { finished }));
    await carriedOut(store, verb, at.lease.term);
    const after = await reload(store, source);
    expect(after.sweepDueInMs).toBeLessThanOrEqual(0);
    expect(after.pollDueInMs).toBeNull();
  });

  it("a halted source without polls sweeps at once when it goes on, and when its settings are corrected", async () => {
    const { store } = await open();
    const { source, lease } = await owned(store, { everyMs: null, sweepEveryMs: dayMs });
    const halt = { ...failed(source.id, lease), kind: "sweep" as const, halt: true, retryInMs: dayMs };
    await store.failPass(halt);
    expect((await reload(store, source)).sweepDueInMs).toBeGreaterThan(0);
    await carriedOut(store, "resume", lease.term);
    expect((await reload(store, source)).sweepDueInMs).toBeLessThanOrEqual(0);
    await store.failPass(halt);
    await store.applySources([config("acme", { everyMs: null, sweepEveryMs: dayMs, settings: {} })]);
    expect(await reload(store, source)).toMatchObject({ state: "running", pollDueInMs: null });
    expect((await reload(store, source)).sweepDueInMs).toBeLessThanOrEqual(0);
  });

  it("a source may lose its polls, and get them back, when its settings change", async () => {
    const { store } = await open();
    const { source } = await owned(store);
    await store.applySources([config("acme", { everyMs: null, sweepEveryMs: 60_000 })]);
    expect(await reload(store, source)).toMatchObject({ everyMs: null, pollDueInMs: null });
    expect((await reload(store, source)).sweepDueInMs).toBeLessThanOrEqual(60_000);
    await store.applySources([config("acme")]);
    expect((await reload(store, source)).pollDueInMs ?? 1).toBeLessThanOrEqual(0);
  });

  it("a sweep that is not offered ends without having failed, and the overview says why until one was complete", async () => {
    const { store } = await open();
    const at = await owned(store);
    const of = { ...at.lease, sourceId: at.source.id };
    const sweep = await store.openSweep(of);
    const seen = { passId: sweep?.passId ?? "", ids: ["a"] };
    const next = await committed(store, at, step(at, { seen }));
    const left = { ...of, why: "no list\u0000", nextInMs: dayMs, counts: noCounts };
    expect(await store.leaveSweep({ ...left, term: "77" })).toBe(false);
    expect(await store.leaveSweep(left)).toBe(true);
    const after = await reload(store, next.source);
    expect(after).toMatchObject({ openSweep: null, failures: 0, state: "running", lastSuccessAgeMs: null });
    expect(after.sweepDueInMs).toBeGreaterThan(dayMs / 2);
    expect(await store.countSeen(seen.passId)).toBe(0);
    const told = async () => (await store.overview()).sources[0];
    expect(await told()).toMatchObject({
      sweepNotOffered: expect.stringMatching(/^no list/),
      sweeping: false,
      lastSweepAgeMs: null,
    });
    // What such a sweep has committed stays valid, and so does its state.
    await committed(store, next, step(next, { finished }));
    expect(await told()).toMatchObject({ sweepNotOffered: null, lastSweepAgeMs: expect.any(Number) });
  });
}
