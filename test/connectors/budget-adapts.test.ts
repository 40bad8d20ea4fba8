import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { budget } from "../../src/connectors/budget.ts";
import { fullPace, shareAt, slowedPace } from "../../src/connectors/pace.ts";
import { manualClock } from "../support/manual-clock.ts";

const windowMs = 10_000;
const endless = new AbortController().signal;

describe("the pace", () => {
  const throttledAt = (nowMs: number, pauseEndsAtMs = nowMs) => ({ startedAtMs: nowMs, pauseEndsAtMs });

  test("ten requests under way that are all throttled halve it once", () => {
    let pace = fullPace(0);
    for (let request = 0; request < 10; request++)
      pace = slowedPace(pace, throttledAt(100 + request), windowMs, 200 + request);
    expect(shareAt(pace, windowMs, 210)).toBeCloseTo(0.5, 2);
  });

  test("throttles of one pause are one, and the next one after it halves again", () => {
    const once = slowedPace(fullPace(0), throttledAt(0, 60_000), windowMs, 0);
    const still = slowedPace(once, throttledAt(59_999, 60_000), windowMs, 59_999);
    expect(shareAt(still, windowMs, 60_000)).toBe(0.5);
    expect(shareAt(slowedPace(still, throttledAt(60_000), windowMs, 60_000), windowMs, 60_000)).toBe(0.25);
  });

  test("a twentieth of the ceiling comes back with every quiet window, up to all of it", () => {
    const halved = slowedPace(fullPace(0), throttledAt(0), windowMs, 0);
    expect(shareAt(halved, windowMs, 4 * windowMs)).toBeCloseTo(0.7);
    expect(shareAt(halved, windowMs, 100 * windowMs)).toBe(1);
  });

  test("it is never less than a fiftieth, nor more than all, whatever happens when", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(30_000), fc.nat(60_000), fc.nat(90_000))), (throttles) => {
        let pace = fullPace(0);
        let nowMs = 0;
        for (const [gapMs, tookMs, pauseMs] of throttles) {
          nowMs += gapMs;
          const throttle = { startedAtMs: nowMs - tookMs, pauseEndsAtMs: nowMs + pauseMs };
          pace = slowedPace(pace, throttle, windowMs, nowMs);
          expect(shareAt(pace, windowMs, nowMs)).toBeGreaterThanOrEqual(1 / 50);
          expect(shareAt(pace, windowMs, nowMs)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});

/**
 * Sources that always want more, for 20 minutes, against an upstream that takes fewer requests per second than their ceiling of 50 and
 * says nothing but 429.
 */
async function against(limit: number) {
  const clock = manualClock();
  const shared = budget({ requests: 50, perMs: 1_000 }, clock);
  const sources = ["a", "b", "c"];
  const served = new Map(sources.map((source) => [source, 0]));
  const asked: number[] = [];
  const taken: number[] = [];
  const over = new AbortController();
  const secondNow = () => Math.floor(clock.monotonicMs() / 1_000);
  const source = async (name: string) => {
    while (!over.signal.aborted) {
      await shared.take({ source: name, isUrgent: name === "a" }, endless);
      const startedAtMs = clock.monotonicMs();
      const second = secondNow();
      asked[second] = (asked[second] ?? 0) + 1;
      if ((taken[second] ?? 0) < limit) {
        taken[second] = (taken[second] ?? 0) + 1;
        served.set(name, (served.get(name) ?? 0) + 1);
      } else shared.slowDown(startedAtMs);
      await clock.sleep(5);
    }
  };
  for (const name of sources) void source(name);
  const seconds = 1_200;
  await clock.advance(seconds * 1_000);
  over.abort();
  /** Sums over ten seconds, per second, after the first minute and a half. */
  const rates = (counts: number[]) =>
    Array.from({ length: (seconds - 90) / 10 }, (_, ten) => {
      const from = 90 + ten * 10;
      return (
        Array.from({ length: 10 }, (__, second) => counts[from + second] ?? 0).reduce((a, b) => a + b) / 10
      );
    });
  return { asked: rates(asked), taken: rates(taken), served };
}

test.each([2, 5, 17, 30])(
  "against a limit of %i per second that nobody knows it finds its place: neither above it for long, nor far below, and nobody starves",
  { timeout: 60_000 },
  async (limit) => {
    const { asked, taken, served } = await against(limit);
    expect(Math.max(...asked)).toBeLessThan(2 * limit);
    expect(Math.max(...taken)).toBeGreaterThanOrEqual(0.8 * limit);
    const mean = taken.reduce((sum, rate) => sum + rate) / taken.length;
    expect(mean).toBeGreaterThan(0.55 * limit);
    for (const count of served.values()) expect(count).toBeGreaterThan(limit * 1_110 * 0.05);
  },
);
