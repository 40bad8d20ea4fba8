import { assert, integer, property, uniqueArray } from "fast-check";
import { describe, expect, it } from "vitest";
import { beyondRetention } from "../../src/core/beyond-retention.ts";

const days = ["20260103", "20260101", "20260102", "20260104", "20260105"].map((day) => ({ day, bytes: 10 }));
const limits = { today: "20260104", oldestKept: "20260102", maxBytes: null };
const told = (changes: Partial<{ today: string; oldestKept: string; maxBytes: number | null }>) =>
  beyondRetention(days, { ...limits, ...changes }).map(({ day: { day }, because }) => `${day} ${because}`);

describe("days of the journal", () => {
  it.each<[string, Parameters<typeof told>[0], string[]]>([
    ["the old ones leave", {}, ["20260101 age"]],
    ["none is old, and any size will do", { oldestKept: "" }, []],
    ["all of them fit", { oldestKept: "", maxBytes: 50 }, []],
    [
      "the oldest leave until the rest fits",
      { oldestKept: "", maxBytes: 30 },
      ["20260101 size", "20260102 size"],
    ],
    ["the old ones make room, too", { maxBytes: 30 }, ["20260101 age", "20260102 size"]],
    [
      "today and what is to come stay, however large",
      { maxBytes: 0 },
      ["20260101 age", "20260102 size", "20260103 size"],
    ],
    ["today stays, however old", { oldestKept: "20270101", today: "20260102" }, ["20260101 age"]],
  ])("%s", (_what, changes, leaving) => {
    expect(told(changes)).toEqual(leaving);
  });

  it("leave no hole: those that leave are always the oldest", () => {
    assert(
      property(
        uniqueArray(integer({ min: 10, max: 40 }), { minLength: 1 }),
        integer({ min: 0, max: 400 }),
        integer({ min: 10, max: 40 }),
        (numbers, maxBytes, oldest) => {
          const some = numbers.map((number) => ({ day: String(number), bytes: number }));
          const leaving = beyondRetention(some, { today: "38", oldestKept: String(oldest), maxBytes });
          const sorted = numbers.toSorted((one, other) => one - other).map(String);
          expect(leaving.map(({ day }) => day.day)).toEqual(sorted.slice(0, leaving.length));
        },
      ),
    );
  });
});
