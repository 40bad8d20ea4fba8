import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Bucket, type Budget, budget, spend } from "../../src/connectors/budget.ts";
import { manualClock, settled } from "../support/manual-clock.ts";

const endless = new AbortController().signal;
const anyone = { source: "anyone", isUrgent: true };

test("no window ever sees more requests than the rate allows, however they are asked for", () => {
  const anyRate = fc.record({
    requests: fc.integer({ min: 1, max: 200 }),
    perMs: fc.integer({ min: 10, max: 20_000 }),
  });
  fc.assert(
    fc.property(anyRate, fc.array(fc.integer({ min: 0, max: 3_000 }), { maxLength: 400 }), (rate, gaps) => {
      let bucket: Bucket = { tokens: 0, atMs: 0 };
      let nowMs = 0;
      const startsMs: number[] = [];
      for (const gapMs of gaps) {
        nowMs += gapMs;
        const { left, waitMs } = spend(bucket, rate, nowMs);
        bucket = left;
        startsMs.push(nowMs + waitMs);
      }
      for (let first = 0; first + rate.requests < startsMs.length; first++) {
        const next = startsMs[first + rate.requests] ?? 0;
        // The waits are rounded up to whole milliseconds one by one.
        expect(next - (startsMs[first] ?? 0)).toBeGreaterThanOrEqual(rate.perMs - 1);
      }
    }),
  );
});

test("the rate is used up when everybody waits", () => {
  const rate = { requests: 100, perMs: 10_000 };
  let bucket: Bucket = { tokens: 0, atMs: 0 };
  let waitMs = 0;
  for (let request = 0; request < 1_000; request++) ({ left: bucket, waitMs } = spend(bucket, rate, 0));
  expect(waitMs).toBeLessThan(1.15 * 100_000);
});

test("a budget starts empty: a takeover cannot spend what the last owner has just spent", () => {
  const { waitMs } = spend({ tokens: 0, atMs: 0 }, { requests: 10, perMs: 1_000 }, 0);
  expect(waitMs).toBe(100);
});

test("those who wait are served in order", async () => {
  const clock = manualClock();
  const shared = budget({ requests: 1, perMs: 1_000 }, clock);
  const served: string[] = [];
  for (const source of ["one", "two", "three"])
    void shared.take({ source, isUrgent: true }, endless).then(() => served.push(source));
  await clock.advance(2_000);
  expect(served).toEqual(["one", "two"]);
  await clock.advance(1_000);
  expect(served).toEqual(["one", "two", "three"]);
  expect(clock.sleepers(), "nobody waits, no timer runs").toBe(0);
});

test("whoever is told to stop while waiting leaves the turn to others", async () => {
  const clock = manualClock();
  const shared = budget({ requests: 1, perMs: 60_000 }, clock);
  const stop = new AbortController();
  const waiting = shared.take(anyone, stop.signal);
  stop.abort(new Error("shutting down"));
  await expect(waiting).rejects.toThrow("shutting down");
  await settled();
  expect(clock.sleepers(), "nobody waits, no timer runs").toBe(0);
  let isServed = false;
  void shared.take(anyone, endless).then(() => (isServed = true));
  await clock.advance(59_999);
  expect(isServed).toBe(false);
  await clock.advance(1);
  expect(isServed).toBe(true);
});

test("a pause that the upstream asked for holds for everybody, and no burst follows it", async () => {
  const clock = manualClock();
  const shared = budget({ requests: 1_000, perMs: 1_000 }, clock);
  await clock.advance(1_000);
  shared.holdOff(5_000);
  shared.holdOff(10);
  expect(shared.heldForMs()).toBe(5_000);
  let served = 0;
  for (let asked = 0; asked < 100; asked++) void shared.take(anyone, endless).then(() => (served += 1));
  await clock.advance(5_000);
  expect(served).toBe(0);
  await clock.advance(10);
  expect(served).toBeGreaterThan(0);
  expect(served).toBeLessThan(20);
});

test("a long pause is the scheduler's: it ends the wait of all, and says how long it is", async () => {
  const clock = manualClock();
  const shared = budget({ requests: 1, perMs: 10_000 }, clock);
  const before = shared.take(anyone, endless);
  shared.holdOff(31_000);
  const throttled = { code: "TIDEMARK_UPSTREAM_THROTTLED", retryAfterMs: 31_000 };
  await expect(before).rejects.toMatchObject(throttled);
  await expect(shared.take(anyone, endless)).rejects.toMatchObject(throttled);
  await settled();
  expect(clock.sleepers()).toBe(0);
});

describe("of what an answer says is left", () => {
  /** How many of many requests start until then, with this already learned. */
  async function startedWithin(ms: number, learn: (shared: Budget) => void) {
    const clock = manualClock();
    const shared = budget({ requests: 100, perMs: 1_000 }, clock);
    await clock.advance(1_000);
    learn(shared);
    let started = 0;
    for (let asked = 0; asked < 200; asked++) {
      const isServed = shared.take(anyone, endless).then(() => (started += 1));
      isServed.catch(() => undefined);
    }
    await clock.advance(ms);
    return started;
  }

  test("no more than that starts until the limit starts anew", async () => {
    const seven = (shared: Budget) => shared.learn({ rate: null, remaining: 7, resetMs: 20_000 });
    expect(await startedWithin(19_999, seven)).toBe(7);
    expect(await startedWithin(21_000, seven)).toBeGreaterThan(50);
  });

  test("nothing left is a pause", async () => {
    expect(
      await startedWithin(19_999, (shared) => shared.learn({ rate: null, remaining: 0, resetMs: 20_000 })),
    ).toBe(0);
  });

  test("an answer that was overtaken gives nothing back, one of the next window does", async () => {
    const overtaken = (shared: Budget) => {
      shared.learn({ rate: null, remaining: 3, resetMs: 10_000 });
      shared.learn({ rate: null, remaining: 9, resetMs: 11_000 });
    };
    expect(await startedWithin(9_000, overtaken)).toBe(3);
    const next = (shared: Budget) => {
      shared.learn({ rate: null, remaining: 3, resetMs: 1_000 });
      shared.learn({ rate: null, remaining: 9, resetMs: 10_000 });
    };
    expect(await startedWithin(9_000, next)).toBe(9);
  });

  test("a lower limit lowers the ceiling while it is said, a higher one does nothing", async () => {
    const lower = (shared: Budget) =>
      shared.learn({ rate: { requests: 10, perMs: 2_000 }, remaining: null, resetMs: null });
    expect(await startedWithin(1_000, lower)).toBeLessThanOrEqual(6);
    expect(await startedWithin(3_000, lower)).toBeGreaterThan(60);
    const higher = (shared: Budget) =>
      shared.learn({ rate: { requests: 500, perMs: 1_000 }, remaining: null, resetMs: null });
    expect(await startedWithin(1_000, higher)).toBe(await startedWithin(1_000, () => {}));
  });
});
