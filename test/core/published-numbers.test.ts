import { expect, test } from "vitest";
import { publishedNumbers } from "../../src/core/published-numbers.ts";

test("numbers of the range are known with their batch, others only as the highest", () => {
  const first = 9_007_199_254_740_993n;
  const numbers = publishedNumbers(first, first + 4n);
  expect([numbers.highest, numbers.missing(first, first + 4n)]).toEqual([0n, 5]);
  numbers.add(first, "4611686018427387903");
  numbers.add(first + 3n, "7");
  numbers.add(first - 1n, "8");
  numbers.add(first + 9n, "9");
  expect([0n, 1n, 3n, -1n, 9n].map((step) => numbers.batchOf(first + step))).toEqual([
    "4611686018427387903",
    null,
    "7",
    null,
    null,
  ]);
  expect(numbers.missing(first, first + 4n)).toBe(3);
  expect(numbers.missing(first + 3n, first + 3n)).toBe(0);
  expect(numbers.highest).toBe(first + 9n);
});

test("a range without numbers is no error", () => {
  const numbers = publishedNumbers(5n, 4n);
  numbers.add(5n, "1");
  expect([numbers.batchOf(5n), numbers.missing(5n, 4n), numbers.highest]).toEqual([null, 0, 5n]);
});
