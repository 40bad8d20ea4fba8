import { describe, expect, test } from "vitest";
import { foldAccounts, parseEvent, type ParsedRecord } from "../../src/consumer/index.ts";
import { type Sample, sampleRecord } from "./sample-records.ts";

const insert: Sample = { op: "inserted", version: 1, after: "a" };
const update: Sample = { op: "updated", version: 2, before: "a", after: "b" };
const remove: Sample = { op: "deleted", version: 3, before: "b" };

function event(sample: Sample): ParsedRecord {
  return parseEvent(sampleRecord(sample));
}

function tombstone(sample: Sample): ParsedRecord {
  return parseEvent({ ...sampleRecord(sample), value: null });
}

function fold(...records: ParsedRecord[]) {
  return foldOf({}, records);
}

function foldOf(options: { isCompacted?: boolean }, records: ParsedRecord[]) {
  const accounts = foldAccounts(options);
  const violations = records.flatMap((record) => accounts.add(record));
  const population = [...accounts.population()].map(
    ([key, document]) => `${key}=${document === null ? "unknown" : document.email}`,
  );
  return { violations, what: violations.map(({ what }) => what), population };
}

test("a whole life follows the rules, and what lives at the end is the population", () => {
  const again: Sample = { op: "inserted", version: 4, after: "c" };
  const other: Sample = { ...insert, id: "8", after: "z" };
  const all = [event(insert), event(other), event(update), event(remove), tombstone(remove)];
  expect(fold(...all)).toEqual({ violations: [], what: [], population: ["acme/8=z"] });
  expect(fold(...all, event(again)).population.toSorted()).toEqual(["acme/7=c", "acme/8=z"]);
  expect(fold(...all, event(again)).violations).toEqual([]);
});

describe("what does not follow is a violation", () => {
  test.each<[string, ParsedRecord[], string]>([
    ["a lost first event", [event(update)], "the first version is 2"],
    ["a lost event", [event(insert), event({ ...remove, before: "a" })], "version 3 after 1"],
    ["an event twice", [event(insert), event(update), event(update)], "version 2 after 2"],
    [
      "an insert of what lives",
      [event(insert), event({ ...insert, version: 2 })],
      "inserted although it lives",
    ],
    [
      "an update of what never lived",
      [event({ ...update, version: 1 })],
      "updated although it does not live",
    ],
    [
      "an update after a delete",
      [event(insert), event(update), event(remove), event({ ...update, version: 4 })],
      "updated although it does not live",
    ],
    [
      "a before that never was",
      [event(insert), event({ ...update, before: "x" })],
      "`before` is not the last `after`",
    ],
    [
      "a tombstone of what lives",
      [event(insert), tombstone(remove)],
      "a tombstone without a delete before it",
    ],
    ["a tombstone of what never lived", [tombstone(remove)], "a tombstone without a delete before it"],
  ])("%s", (_, records, what) => {
    expect(fold(...records).what).toContain(what);
  });

  test("and is reported with its place, once: what comes after it is judged anew", () => {
    const reappeared = event({ ...insert, seq: 78 });
    expect(fold(event({ ...update, seq: 77 }), event(remove)).violations).toEqual([
      { key: "acme/7", at: "3:77", what: "the first version is 2" },
      { key: "acme/7", at: "3:77", what: "updated although it does not live" },
    ]);
    expect(fold(event(insert), event(update), reappeared, event(remove)).violations).toEqual([
      { key: "acme/7", at: "3:78", what: "version 1 after 2" },
      { key: "acme/7", at: "3:78", what: "inserted although it lives" },
    ]);
  });
});

describe("replays and snapshots", () => {
  const replayed = (sample: Sample): ParsedRecord => {
    const record = sampleRecord(sample);
    return parseEvent({ ...record, headers: { ...record.headers, "tidemark-replay": "4/3:1" } });
  };

  test("of what is known already change nothing", () => {
    expect(fold(event(insert), event(update), replayed(insert), replayed(update))).toEqual({
      violations: [],
      what: [],
      population: ["acme/7=b"],
    });
  });

  test("of what is not known bring the state up to date, and live events go on from there", () => {
    const snapshot: Sample = { op: "snapshot", version: 5, after: "e" };
    expect(
      fold(replayed(snapshot), event({ op: "updated", version: 6, before: "e", after: "f" })),
    ).toMatchObject({
      violations: [],
      population: ["acme/7=f"],
    });
  });
});

test("a compacted topic is folded to what lives, whatever the broker has removed", () => {
  const left = [event({ ...update, version: 6 }), event({ ...update, id: "8", version: 9 })];
  const forgotten = tombstone({ ...remove, version: 7 });
  const back = event({ ...insert, version: 8, after: "c" });
  expect(foldOf({ isCompacted: true }, [...left, forgotten])).toMatchObject({
    violations: [],
    population: ["acme/8=b"],
  });
  expect(foldOf({ isCompacted: true }, [forgotten, ...left, back])).toMatchObject({
    violations: [],
    population: ["acme/7=c", "acme/8=b"],
  });
});

describe("pointers", () => {
  const pointer = (sample: Sample): ParsedRecord => event({ ...sample, isPointer: true });

  test("tell that an account lives whose document is not known, and hide no missing version", () => {
    expect(fold(pointer(insert))).toMatchObject({ violations: [], population: ["acme/7=unknown"] });
    expect(fold(event(insert), pointer(update))).toMatchObject({
      violations: [],
      population: ["acme/7=unknown"],
    });
    expect(fold(event(insert), pointer({ ...update, version: 3 })).what).toEqual(["version 3 after 1"]);
  });

  test("are followed by what a whole event says, whatever its `before` is", () => {
    const next: Sample = { op: "updated", version: 3, before: "b", after: "c" };
    expect(fold(event(insert), pointer(update), event(next))).toMatchObject({
      violations: [],
      population: ["acme/7=c"],
    });
  });

  test("get their document from a replay or snapshot of the same version", () => {
    const snapshot: Sample = { op: "snapshot", version: 2, after: "b" };
    expect(fold(event(insert), pointer(update), event(snapshot))).toMatchObject({
      violations: [],
      population: ["acme/7=b"],
    });
  });

  test("of deletes end a life, and of inserts may not begin one twice", () => {
    const gone = [event(insert), event(update), pointer(remove)];
    expect(fold(...gone, tombstone(remove))).toMatchObject({ violations: [], population: [] });
    expect(fold(...gone, pointer({ ...update, version: 4 })).what).toEqual([
      "updated although it does not live",
    ]);
    expect(fold(pointer(insert), pointer({ ...insert, version: 2 })).what).toEqual([
      "inserted although it lives",
    ]);
  });
});
