import { expect, it } from "vitest";
import type { SourceWindows } from "../../src/core/opening-hours.ts";
import type { Store } from "../../src/ports/store.ts";
import {
  type StoreUnderTest,
  committed,
  config,
  failed,
  inserting,
  noCounts,
  owned,
  reload,
  step,
} from "./store-samples.ts";

const hourMs = 3_600_000;
const lookBack = { everyMs: 6 * hourMs, windowMs: 24 * hourMs };
const windows: SourceWindows = { timeZone: "Europe/Berlin", passes: ["Mon-Fri 06:00-20:00"], sweeps: [] };
const finished = { kind: "look-back" as const, nextInMs: 5 * hourMs, tookMs: hourMs, counts: noCounts };

async function ask(store: Store, verb: "poll" | "sweep" | "resume", term: string): Promise<void> {
  const intent = (await store.askIntent({ source: "acme", verb, actor: "test" })) ?? "";
  expect(await store.finishIntent({ intent, shard: 0, term, outcome: "done" })).toBe(true);
}

/** Look-backs have a schedule of their own; windows are kept, and what a person has asked for is known until it is done. */
export function scheduleContract(open: () => Promise<StoreUnderTest>): void {
  it("a source looks back for the first time after one interval; one that does not is never due", async () => {
    const { store } = await open();
    const { source } = await owned(store, { lookBack });
    expect(source).toMatchObject({ lookBack, lookedBackAgeMs: null });
    expect(source.lookBackDueInMs).toBeGreaterThan(5.9 * hourMs);
    await store.applySources([config("acme")]);
    expect(await reload(store, source)).toMatchObject({ lookBack: null, lookBackDueInMs: null });
    await store.applySources([config("acme", { lookBack: { everyMs: hourMs, windowMs: hourMs } })]);
    const after = await reload(store, source);
    expect(after.lookBackDueInMs).toBeGreaterThan(0);
    expect(after.lookBackDueInMs).toBeLessThanOrEqual(hourMs);
  });

  it("a look-back that ends well is due again, remembers when it began, and neither polls nor cursor notice", async () => {
    const { store, advance } = await open();
    const at = await owned(store, { lookBack });
    const polled = await committed(store, at, inserting(at, ["a"], { cursor: 1 }));
    const { source } = await committed(store, polled, step(polled, { finished }));
    expect(source).toMatchObject({ cursor: 1, failures: 0 });
    expect(source.lookBackDueInMs).toBeGreaterThan(4.9 * hourMs);
    await advance(50);
    const after = await reload(store, source);
    expect(after.lookedBackAgeMs).toBeGreaterThanOrEqual(hourMs + 50);
    expect(after.lookedBackAgeMs).toBeLessThan(1.1 * hourMs);
    expect(after.pollDueInMs).toBeLessThanOrEqual(0);
    expect((await store.overview()).sources).toMatchObject([{ lastPollAgeMs: null, lastSweepAgeMs: null }]);
  });

  it("one that fails is tried again after its pause, which delays nothing else", async () => {
    const { store } = await open();
    const at = await owned(store, { lookBack });
    await store.failPass({ ...failed(at.source.id, at.lease), kind: "look-back", retryInMs: 9 * hourMs });
    const after = await reload(store, at.source);
    expect(after).toMatchObject({ state: "running", failures: 1 });
    expect(after.lookBackDueInMs).toBeGreaterThan(8 * hourMs);
    expect(after.pollDueInMs).toBeLessThanOrEqual(0);
  });

  it("windows come back as they were applied, and a change of them is a change of the source", async () => {
    const { store } = await open();
    const { source } = await owned(store, { windows });
    expect(source.windows).toEqual(windows);
    expect((await store.overview()).sources).toMatchObject([{ windows }]);
    expect(await store.applySources([config("acme", { windows })])).toMatchObject({ unchanged: ["acme"] });
    const later = { ...windows, sweeps: ["22:00-05:00"] };
    expect(await store.applySources([config("acme", { windows: later })])).toMatchObject({
      changed: ["acme"],
    });
    expect((await reload(store, source)).windows).toEqual(later);
    await store.applySources([config("acme")]);
    expect((await reload(store, source)).windows).toBeNull();
  });

  it.each(["poll", "sweep"] as const)(
    "that a person has asked for a %s is known until one ends well",
    async (kind) => {
      const { store } = await open();
      const at = await owned(store);
      const asked = (pollAsked: boolean, sweepAsked: boolean) => ({ pollAsked, sweepAsked });
      const [yes, no] =
        kind === "poll"
          ? [asked(true, false), asked(false, false)]
          : [asked(false, true), asked(false, false)];
      await ask(store, "resume", at.lease.term);
      expect(await reload(store, at.source)).toMatchObject(no);
      await ask(store, kind, at.lease.term);
      await store.failPass({ ...failed(at.source.id, at.lease), kind });
      const source = await reload(store, at.source);
      expect(source).toMatchObject(yes);
      if (kind === "sweep") await store.openSweep({ ...at.lease, sourceId: source.id });
      const other = kind === "poll" ? ("look-back" as const) : ("poll" as const);
      const others = await committed(
        store,
        { ...at, source },
        step({ ...at, source }, { finished: { ...finished, kind: other } }),
      );
      expect(others.source).toMatchObject(yes);
      const done = await committed(store, others, step(others, { finished: { ...finished, kind } }));
      expect(done.source).toMatchObject(no);
    },
  );

  it("what a pass was for may be taken from its source before it ends, well or not", async () => {
    const { store } = await open();
    const at = await owned(store, { lookBack });
    await store.applySources([config("acme", { everyMs: null })]);
    let now = at;
    for (const kind of ["poll", "look-back"] as const) {
      now = await committed(store, now, step(now, { finished: { ...finished, kind } }));
      expect(now.source).toMatchObject({ pollDueInMs: null, lookBackDueInMs: null, isLoaded: true });
      await store.failPass({ ...failed(at.source.id, at.lease), kind });
      now = { ...now, source: await reload(store, at.source) };
      expect(now.source).toMatchObject({ pollDueInMs: null, lookBackDueInMs: null, failures: 1 });
    }
  });

  it("a poll that is asked of a source without polls is a sweep, also when the upstream does not offer any", async () => {
    const { store } = await open();
    const { source, lease } = await owned(store, { everyMs: null });
    await ask(store, "poll", lease.term);
    expect(await reload(store, source)).toMatchObject({ pollAsked: false, sweepAsked: true });
    await store.openSweep({ ...lease, sourceId: source.id });
    await store.leaveSweep({ ...lease, sourceId: source.id, why: "no list", nextInMs: 1, counts: noCounts });
    expect(await reload(store, source)).toMatchObject({ sweepAsked: false });
  });
}
