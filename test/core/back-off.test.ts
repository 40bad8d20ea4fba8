import * as fc from "fast-check";
import { expect, test } from "vitest";
import { backOffMs } from "../../src/core/back-off.ts";

test("the longest possible pause doubles until the cap", () => {
  const range = { baseMs: 100, capMs: 1_000 };
  expect([1, 2, 3, 4, 5, 50].map((failures) => backOffMs(failures, range, 1))).toEqual([
    100, 200, 400, 800, 1_000, 1_000,
  ]);
});

test("jitter spreads the pause over the whole range, never outside", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 2_000 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (failures, fraction) => {
        const ms = backOffMs(failures, { baseMs: 500, capMs: 10_000 }, fraction);
        expect(ms).toBeGreaterThanOrEqual(0);
        expect(ms).toBeLessThanOrEqual(10_000);
      },
    ),
  );
  expect(backOffMs(3, { baseMs: 100, capMs: 1_000 }, 0)).toBe(0);
});
