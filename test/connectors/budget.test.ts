import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type Bucket, budget, spend } from "../../src/connectors/budget.ts";
import { impatientClock } from "../support/connector-harness.ts";
import { manualClock } from "../support/manual-clock.ts";

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
  const clock = impatientClock();
  const shared = budget({ requests: 1, perMs: 1_000 }, clock);
  const { signal } = new AbortController();
  await Promise.all([shared.take(signal), shared.take(signal), shared.take(signal)]);
  const [first = 0, second = 0, third = 0] = clock.slept;
  expect(first).toBeLessThan(second);
  expect(second).toBeLessThan(third);
});

test("whoever is told to stop while waiting gives the turn back", async () => {
  const clock = manualClock();
  const shared = budget({ requests: 1, perMs: 60_000 }, clock);
  const stop = new AbortController();
  const waiting = shared.take(stop.signal);
  stop.abort(new Error("shutting down"));
  await expect(waiting).rejects.toThrow("shutting down");
  let isServed = false;
  void shared.take(new AbortController().signal).then(() => (isServed = true));
  await clock.advance(59_999);
  expect(isServed).toBe(false);
  await clock.advance(1);
  expect(isServed).toBe(true);
});

test("a pause that the upstream asked for holds for everybody, and saved up turns are gone after it", async () => {
  const clock = impatientClock();
  const shared = budget({ requests: 1_000, perMs: 1_000 }, clock);
  shared.holdOff(5_000);
  expect(shared.heldForMs()).toBeGreaterThan(4_900);
  shared.holdOff(10);
  expect(shared.heldForMs()).toBeGreaterThan(4_900);
  await shared.take(new AbortController().signal);
  expect(clock.slept).toEqual([expect.any(Number)]);
});
