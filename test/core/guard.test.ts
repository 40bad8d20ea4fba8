import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Activity,
  defaultDeleteLimit,
  ofDay,
  tooManyRejected,
  whyTooMany,
  withActivity,
} from "../../src/core/guard.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const noon = Date.parse("2026-03-01T12:00:00Z");

describe("deletes beyond the limit", () => {
  const deletes = { ofPass: 0, ofDay: 0, more: 0, population: 1_000, limit: null };

  test.each([
    ["as many as the limit", { more: 100 }, true],
    ["one more than the limit", { more: 101 }, false],
    ["5 % of many accounts", { more: 500, population: 10_000 }, true],
    ["more than 5 % of many accounts", { more: 501, population: 10_000 }, false],
    ["as many as the operator allows", { more: 7, limit: 7 }, true],
    ["more than the operator allows", { more: 8, limit: 7 }, false],
    ["one, where the operator allows none", { more: 1, limit: 0 }, false],
    ["none, where the operator allows none", { more: 0, limit: 0 }, true],
    ["none, after too many", { more: 0, ofDay: 5_000 }, true],
    ["those that fill the day up", { more: 40, ofDay: 60 }, true],
    ["those that overflow the day", { more: 41, ofDay: 60 }, false],
    ["those that overflow a pass longer than a day", { more: 41, ofPass: 60, ofDay: 10 }, false],
  ])("%s: %j, allowed %s", (_what, given, isAllowed) => {
    expect(whyTooMany("deleted", { ...deletes, ...given }) === null).toBe(isAllowed);
  });

  test("are explained with the numbers that matter", () => {
    expect(whyTooMany("deleted", { ...deletes, more: 50, ofDay: 60 })).toBe(
      "50 accounts would be deleted, 110 with those of the last 24 hours; the limit for 1000 accounts is 100",
    );
  });
});

test("the limit is 5 % of the accounts, but never less than 100", () => {
  expect([0, 2_000, 2_019, 2_020, 1_000_000].map(defaultDeleteLimit)).toEqual([100, 100, 100, 101, 50_000]);
});

test.each([
  ["10,000 of a small source", { more: 10_000, population: 50 }, true],
  ["more than 10,000 of a small source", { more: 10_001, population: 50 }, false],
  ["as many as a large source has", { more: 40_000, population: 40_000 }, true],
  ["more than a large source has", { more: 40_001, population: 40_000 }, false],
  ["those that overflow the day", { more: 6_000, ofDay: 5_000, population: 50 }, false],
  ["more than the operator allows", { more: 8, limit: 7, population: 50 }, false],
])("inserts: %s, allowed %s", (_what, given, isAllowed) => {
  expect(whyTooMany("inserted", { ofPass: 0, ofDay: 0, limit: null, ...given }) === null).toBe(isAllowed);
});

test("inserts and deletes of the day are counted apart", () => {
  const activity = withActivity([], noon, { inserted: 3, deleted: 5 });
  expect(ofDay(activity, "inserted", noon + dayMs - hourMs)).toBe(3);
  expect(ofDay(activity, "deleted", noon + 26 * hourMs)).toBe(0);
});

/** What the guard lets through of the pages of one or more passes, one after another. */
function letThrough(
  pages: readonly { afterMs: number; deletes: number; isNewPass: boolean }[],
  limit: number,
): { atMs: number; deletes: number; pass: number }[] {
  const done: { atMs: number; deletes: number; pass: number }[] = [];
  let activity: Activity = [];
  let [atMs, pass, ofPass] = [noon, 0, 0];
  for (const { afterMs, deletes, isNewPass } of pages) {
    atMs += afterMs;
    if (isNewPass) [pass, ofPass] = [pass + 1, 0];
    const deleted = ofDay(activity, "deleted", atMs);
    if (whyTooMany("deleted", { ofPass, ofDay: deleted, more: deletes, population: 1_000, limit }) !== null)
      continue;
    activity = withActivity(activity, atMs, { inserted: 0, deleted: deletes });
    ofPass += deletes;
    done.push({ atMs, deletes, pass });
  }
  return done;
}

const anyPages = fc.array(
  fc.record({
    afterMs: fc.oneof(fc.nat(hourMs), fc.nat(dayMs)),
    deletes: fc.nat(60),
    isNewPass: fc.boolean(),
  }),
  { maxLength: 60 },
);

function sum(parts: readonly { deletes: number }[]): number {
  return parts.reduce((total, { deletes }) => total + deletes, 0);
}

test("no pass deletes more than the limit, however it is cut into pages and however long it takes", () => {
  fc.assert(
    fc.property(anyPages, fc.nat(200), (pages, limit) => {
      const passes = Map.groupBy(letThrough(pages, limit), ({ pass }) => pass);
      for (const deleted of passes.values()) expect(sum(deleted)).toBeLessThanOrEqual(limit);
    }),
  );
});

test("no 24 hours delete more than the limit, wherever they begin", () => {
  fc.assert(
    fc.property(anyPages, fc.nat(200), (pages, limit) => {
      const done = letThrough(pages, limit);
      for (const { atMs: from } of done) {
        const ofDay = done.filter(({ atMs }) => atMs >= from && atMs < from + dayMs);
        expect(sum(ofDay)).toBeLessThanOrEqual(limit);
      }
    }),
  );
  const atTheEdges = [
    { afterMs: hourMs - 1, deletes: 100, isNewPass: true },
    { afterMs: dayMs - 1, deletes: 1, isNewPass: true },
  ];
  expect(sum(letThrough(atTheEdges, 100))).toBe(100);
});

test("the day's allowance comes back", () => {
  const [first, second] = letThrough(
    [
      { afterMs: 0, deletes: 100, isNewPass: true },
      { afterMs: dayMs + hourMs, deletes: 100, isNewPass: true },
    ],
    100,
  );
  expect([first?.deletes, second?.deletes]).toEqual([100, 100]);
});

describe("the activity of the rolling day", () => {
  const busy = { inserted: 1, deleted: 2 };

  test("adds up within an hour, and keeps at most 25 of them", () => {
    let activity: Activity = [];
    for (let quarter = 0; quarter < 400; quarter += 1) {
      activity = withActivity(activity, noon + (quarter * hourMs) / 4, busy);
    }
    expect(activity).toHaveLength(25);
    expect(new Set(activity.map(({ inserted, deleted }) => `${inserted}/${deleted}`))).toEqual(
      new Set(["4/8"]),
    );
    expect(activity.map(({ hour }) => hour)).toEqual(activity.map(({ hour }) => hour).sort((a, b) => a - b));
  });

  test("forgets what is over, even when nothing is added", () => {
    const activity = withActivity([], noon, busy);
    const nothing = { inserted: 0, deleted: 0 };
    expect(withActivity(activity, noon + dayMs, nothing)).toEqual(activity);
    expect(withActivity(activity, noon + dayMs + hourMs, nothing)).toEqual([]);
  });

  test("is not changed in place", () => {
    const activity = withActivity([], noon, busy);
    const before = structuredClone(activity);
    withActivity(activity, noon + 1, busy);
    expect(activity).toEqual(before);
  });
});

test.each([
  ["a few among few", 19, 0, null, false],
  ["twenty and nothing else", 20, 0, null, true],
  ["twenty among very many", 20, 180, null, false],
  ["more than one in ten", 21, 180, null, true],
  ["as many as the operator lets happen", 300, 0, 300, false],
  ["more than the operator lets happen, among very many", 301, 1e6, 300, true],
  ["one where the operator lets none happen", 1, 1e6, 0, true],
  ["none where the operator lets none happen", 0, 0, 0, false],
])(
  "items that were not understood, %s: %d beside %d with limit %s, too many %s",
  (_what, rejected, observed, limit, isTooMany) => {
    expect(tooManyRejected(rejected, observed, limit)).toBe(isTooMany);
  },
);
