import { expect, it } from "vitest";
import type { Overview, Store } from "../../src/ports/store.ts";
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
  workerId,
} from "./store-samples.ts";

/** Longer than a database that does much else may take. */
const minuteMs = 60_000;

async function overviewOf(store: Store): Promise<Overview["sources"][number]> {
  const [source] = (await store.overview()).sources;
  if (source === undefined) throw new Error("the source is missing");
  return source;
}

/** How a source is: what tells it is read, never asked of a worker. */
export function freshnessContract(open: () => Promise<StoreUnderTest>): void {
  it("a source that has done nothing yet has no ages, and is shown with its schedule", async () => {
    const { store } = await open();
    const { source } = await owned(store, { group: "acme" });
    expect(await overviewOf(store)).toMatchObject({
      group: "acme",
      everyMs: 60_000,
      sweepEveryMs: 3_600_000,
      lastErrorCode: null,
      cursorAgeMs: null,
      lastPollAgeMs: null,
      lastChangeAgeMs: null,
      advancedAgeMs: null,
    });
    expect((await overviewOf(store)).sweepDueInMs).toBeGreaterThan(3_500_000);
    expect(source).toMatchObject({ lastChangeAgeMs: null, lastErrorCode: null });
    await store.applySources([config("acme", { group: "acme", everyMs: null })]);
    expect(await overviewOf(store)).toMatchObject({ everyMs: null, pollDueInMs: null });
  });

  it("an event makes the last change new, a cursor its own age, and either is an advance", async () => {
    const { store, advance } = await open();
    const at = await owned(store);
    const changed = await committed(store, at, inserting(at, ["a"]));
    await advance(minuteMs);
    const moved = await committed(store, changed, step(changed, { cursor: 1 }));
    const { lastChangeAgeMs, cursorAgeMs, advancedAgeMs } = await overviewOf(store);
    expect(lastChangeAgeMs).toBeGreaterThanOrEqual(minuteMs);
    expect(moved.source.lastChangeAgeMs).toBeGreaterThanOrEqual(minuteMs);
    expect(cursorAgeMs).toBeLessThan(minuteMs);
    expect(advancedAgeMs).toBe(cursorAgeMs);
  });

  it("a poll that ends well is an advance although nothing has changed", async () => {
    const { store, advance } = await open();
    const at = await owned(store);
    const first = await committed(store, at, inserting(at, ["a"], { cursor: 1 }));
    await advance(minuteMs);
    const finished = { kind: "poll" as const, nextInMs: 60_000, tookMs: 5, counts: noCounts };
    await committed(store, first, step(first, { finished }));
    const { lastPollAgeMs, cursorAgeMs, advancedAgeMs } = await overviewOf(store);
    expect(cursorAgeMs).toBeGreaterThanOrEqual(minuteMs);
    expect(advancedAgeMs).toBe(lastPollAgeMs);
    expect(advancedAgeMs).toBeLessThan(minuteMs);
  });

  it("a page of a sweep is an advance although nothing has changed", async () => {
    const { store, advance } = await open();
    const at = await owned(store);
    const first = await committed(store, at, inserting(at, ["a"], { cursor: 1 }));
    const sweep = await store.openSweep({ ...at.lease, sourceId: at.source.id });
    await advance(minuteMs);
    expect((await overviewOf(store)).advancedAgeMs).toBeGreaterThanOrEqual(minuteMs);
    const seen = { passId: sweep?.passId ?? "", ids: ["a"], position: 1 };
    await committed(store, first, step(first, { kind: "sweep", seen }));
    expect((await overviewOf(store)).advancedAgeMs).toBeLessThan(minuteMs);
  });

  it("the code of the last failure is known until a pass ends well", async () => {
    const { store } = await open();
    const at = await owned(store);
    await store.failPass({
      ...failed(at.source.id, at.lease),
      code: "TIDEMARK_UPSTREAM_THROTTLED",
      message: "a: b",
    });
    const lastErrorCode = "TIDEMARK_UPSTREAM_THROTTLED";
    expect(await overviewOf(store)).toMatchObject({ failures: 1, lastErrorCode });
    const source = await reload(store, at.source);
    expect(source).toMatchObject({ failures: 1, lastErrorCode });
    const finished = { kind: "poll" as const, nextInMs: 60_000, tookMs: 5, counts: noCounts };
    const after = await committed(store, { ...at, source }, step({ ...at, source }, { finished }));
    expect(after.source).toMatchObject({ failures: 0, lastErrorCode: null });
    expect(await overviewOf(store)).toMatchObject({ failures: 0, lastErrorCode: null });
  });

  it("a shard whose lease has run out has no owner", async () => {
    const { store, advance } = await open();
    await owned(store);
    const ownerOf = async () => (await store.overview()).shards.find(({ shard }) => shard === 0)?.owner;
    expect(await ownerOf()).toBe(workerId);
    await advance(16_000);
    expect(await ownerOf()).toBeNull();
  });
}
