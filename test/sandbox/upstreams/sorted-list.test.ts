import { array, assert, boolean, integer, property, tuple, uniqueArray } from "fast-check";
import { expect, test } from "vitest";
import { sortedList } from "../../../src/sandbox/upstreams/sorted-list.ts";

test("a list that items come to and leave stays what sorting the same items gives", () => {
  const steps = array(tuple(boolean(), integer({ min: 0, max: 6_000 })), { maxLength: 200 });
  assert(
    property(uniqueArray(integer({ min: 0, max: 6_000 }), { maxLength: 300 }), steps, (start, changes) => {
      const list = sortedList<number>((a, b) => a - b, start);
      const model = new Set(start);
      for (const [adds, item] of changes) {
        if (adds && !model.has(item)) list.add(item);
        if (!adds) list.remove(item);
        if (adds) model.add(item);
        else model.delete(item);
      }
      const sorted = [...model].sort((a, b) => a - b);
      expect([...list.between(0, list.size)]).toEqual(sorted);
      expect(list.firstWhere((item) => item >= 3_000)).toBe(sorted.filter((item) => item < 3_000).length);
    }),
  );
});

test("positions hold across many chunks", () => {
  const list = sortedList<number>((a, b) => a - b);
  for (let item = 0; item < 10_000; item += 1) list.add((item * 7_919) % 10_000);
  for (let item = 0; item < 10_000; item += 2) list.remove(item);
  expect(list.size).toBe(5_000);
  expect([...list.between(2_400, 2_403)]).toEqual([4_801, 4_803, 4_805]);
  expect(list.firstWhere((item) => item > 9_999)).toBe(5_000);
  expect([...list.between(4_999, 9_999)]).toEqual([9_999]);
});

test("a stretch that was emptied leaves no trace in positions", () => {
  const list = sortedList<number>(
    (a, b) => a - b,
    Array.from({ length: 5_000 }, (_, item) => item),
  );
  for (let item = 1_000; item < 4_000; item += 1) list.remove(item);
  expect(list.firstWhere((item) => item >= 2_500)).toBe(1_000);
  expect([...list.between(998, 1_002)]).toEqual([998, 999, 4_000, 4_001]);
  list.add(2_500);
  expect([...list.between(999, 1_002)]).toEqual([999, 2_500, 4_000]);
});
