import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fairShare, leaseTiming, mayWork } from "../../src/core/lease.ts";

describe("fair shares", () => {
  const anyShardCount = fc.integer({ min: 1, max: 1_024 });
  const anyWorkers = fc.integer({ min: 1, max: 200 });

  function shares(shardCount: number, workers: number): number[] {
    return Array.from({ length: workers }, (_worker, rank) => fairShare(shardCount, rank, workers));
  }

  test.each([
    [16, 1, [16]],
    [16, 2, [8, 8]],
    [16, 3, [6, 5, 5]],
    [2, 3, [1, 1, 0]],
  ])("of %d shards among %d workers are %j", (shardCount, workers, expected) => {
    expect(shares(shardCount, workers)).toEqual(expected);
  });

  test("add up to all shards, and differ by at most one", () => {
    fc.assert(
      fc.property(anyShardCount, anyWorkers, (shardCount, workers) => {
        const all = shares(shardCount, workers);
        expect(all.reduce((sum, share) => sum + share, 0)).toBe(shardCount);
        expect(Math.max(...all) - Math.min(...all)).toBeLessThanOrEqual(1);
      }),
    );
  });

  test("grow for nobody when a worker joins", () => {
    fc.assert(
      fc.property(anyShardCount, anyWorkers, (shardCount, workers) => {
        const [before, after] = [shares(shardCount, workers), shares(shardCount, workers + 1)];
        before.forEach((share, rank) => expect(after[rank]).toBeLessThanOrEqual(share));
      }),
    );
  });
});

describe("a lease", () => {
  test.each([
    [0, true],
    [leaseTiming.stopAfterMs - 1, true],
    [leaseTiming.stopAfterMs, false],
    [leaseTiming.ttlMs, false],
  ])("that was confirmed %d ms ago may be relied on: %s", (agoMs, may) => {
    expect(mayWork(1_000_000, 1_000_000 + agoMs)).toBe(may);
  });

  test("may have another timing", () => {
    expect(mayWork(0, 500, { ...leaseTiming, stopAfterMs: 400 })).toBe(false);
    expect(mayWork(0, 399, { ...leaseTiming, stopAfterMs: 400 })).toBe(true);
  });

  test("is renewed twice before its holder stops, and its holder stops before anybody else may take it", () => {
    const { renewEveryMs, stopAfterMs, ttlMs, seekEveryMs } = leaseTiming;
    expect(2 * renewEveryMs).toBeLessThan(stopAfterMs);
    expect(stopAfterMs).toBeLessThan(ttlMs);
    expect(ttlMs + seekEveryMs).toBeLessThan(20_000);
  });
});
