import { describe, expect, test } from "vitest";
import { type AccountDocument, type Observation, accountDocument } from "../../src/core/account.ts";
import type { KnownAccount, Op } from "../../src/core/change.ts";
import { type DiffedSource, type PageDiff, diff } from "../../src/core/diff.ts";
import { eventValue } from "../../src/core/event.ts";
import { fingerprint, fingerprintObservation } from "../../src/core/fingerprint.ts";
import type { JsonObject } from "../../src/core/json.ts";

const source: DiffedSource = { name: "acme-hr", connector: "bamboohr", topic: "accounts", volatile: [] };
const observedAt = "2026-03-01T12:00:00.000Z";

function document(attributes: JsonObject, id = "7") {
  return accountDocument({ id }, attributes);
}

const red = document({ colour: "red" });
const blue = document({ colour: "blue" });
const redPrint = fingerprint(red, []);
const bluePrint = fingerprint(blue, []);

/** The diff of observations against at most one known account, number 7. */
function diffOf(known: KnownAccount | null, observations: Observation[], of = source): PageDiff {
  const observed = observations.map((one) => fingerprintObservation(one, of.volatile));
  return diff(of, new Map(known === null ? [] : [[known.id, known]]), observed, observedAt);
}

function valuesOf({ entries }: PageDiff): JsonObject[] {
  return entries.map((entry) => JSON.parse(eventValue(entry)) as JsonObject);
}

describe("what is derived from the last known state and an observation", () => {
  type Known = "unknown" | "alive and red" | "deleted when red";
  type Observed = "red" | "blue" | "gone" | "present";
  type Expected = { op: Exclude<Op, "snapshot">; version: number } | "unchanged" | "unresolved";

  const known: Record<Known, KnownAccount | null> = {
    unknown: null,
    "alive and red": { id: "7", version: 3, hash: redPrint.hash, document: redPrint.text },
    "deleted when red": { id: "7", version: 4, hash: redPrint.hash, document: null },
  };
  const observed: Record<Observed, Observation> = {
    red: { id: "7", document: red },
    blue: { id: "7", document: blue },
    gone: { id: "7", gone: true, at: null },
    present: { id: "7", present: true },
  };
  const table: Record<Known, Record<Observed, Expected>> = {
    unknown: {
      red: { op: "inserted", version: 1 },
      blue: { op: "inserted", version: 1 },
      gone: "unchanged",
      present: "unresolved",
    },
    "alive and red": {
      red: "unchanged",
      blue: { op: "updated", version: 4 },
      gone: { op: "deleted", version: 4 },
      present: "unchanged",
    },
    "deleted when red": {
      red: { op: "inserted", version: 5 },
      blue: { op: "inserted", version: 5 },
      gone: "unchanged",
      present: "unresolved",
    },
  };
  const rows = Object.entries(table).flatMap(([state, columns]) =>
    Object.entries(columns).map(([what, expected]) => [state as Known, what as Observed, expected] as const),
  );

  test.each(rows)("%s, observed %s: %j", (state, what, expected) => {
    const result = diffOf(known[state], [observed[what]]);
    expect(result).toEqual({ ...nothing, ...effectOf(what, expected) });
    const before = state === "alive and red" ? red : null;
    expect(valuesOf(result)).toEqual(valuesExpected(what, expected, before));
  });

  const nothing: PageDiff = {
    entries: [],
    inserted: 0,
    updated: 0,
    deleted: 0,
    unchanged: 0,
    unresolved: [],
  };

  function effectOf(what: Observed, expected: Expected): Partial<PageDiff> {
    if (expected === "unchanged") return { unchanged: 1 };
    if (expected === "unresolved") return { unresolved: ["7"] };
    const { op, version } = expected;
    const { hash, text } = what === "blue" ? bluePrint : redPrint;
    const document = op === "deleted" ? null : text;
    return {
      [op]: 1,
      entries: [expect.objectContaining({ accountId: "7", op, version, hash, document, key: "acme-hr/7" })],
    };
  }

  function valuesExpected(what: Observed, expected: Expected, before: AccountDocument | null): unknown[] {
    if (typeof expected === "string") return [];
    const { op, version } = expected;
    return [
      {
        op,
        source: "acme-hr",
        connector: "bamboohr",
        accountId: "7",
        version,
        before,
        after: op === "deleted" ? null : what === "blue" ? blue : red,
        changed: op === "updated" ? ["attributes.colour"] : [],
        upstreamTime: null,
        observedAt,
      },
    ];
  }
});

describe("an id that is repeated in a page", () => {
  test("is folded: each observation is compared with what the one before it left", () => {
    const result = diffOf(null, [
      { id: "7", document: red },
      { id: "7", document: red },
      { id: "7", document: blue },
      { id: "7", present: true },
      { id: "7", gone: true, at: null },
      { id: "7", gone: true, at: null },
      { id: "7", document: blue },
    ]);
    expect(result.entries.map(({ op, version }) => [op, version])).toEqual([
      ["inserted", 1],
      ["updated", 2],
      ["deleted", 3],
      ["inserted", 4],
    ]);
    expect(result.entries.at(-1)).toMatchObject({ hash: bluePrint.hash, document: bluePrint.text });
    expect(result.unchanged).toBe(3);
  });

  test("that ends as it was has its events nevertheless", () => {
    const known: KnownAccount = { id: "7", version: 1, hash: redPrint.hash, document: redPrint.text };
    const result = diffOf(known, [
      { id: "7", document: blue },
      { id: "7", document: red },
    ]);
    expect(result.entries.map(({ op, version }) => [op, version])).toEqual([
      ["updated", 2],
      ["updated", 3],
    ]);
    expect(result.entries.at(-1)).toMatchObject({ hash: redPrint.hash, document: redPrint.text });
  });
});

test("events stand in the order of the observations, whichever accounts they are about", () => {
  const result = diffOf(
    null,
    ["b", "a", "b"].map((id, turn) => ({ id, document: document({ turn }, id) })),
  );
  expect(result.entries.map(({ accountId, version }) => [accountId, version])).toEqual([
    ["b", 1],
    ["a", 1],
    ["b", 2],
  ]);
});

describe("a volatile member", () => {
  const volatile = { ...source, volatile: ["attributes.photoUrl"] };
  const before = document({ photoUrl: "one", colour: "red" });
  const known: KnownAccount = {
    id: "7",
    version: 1,
    hash: fingerprint(before, volatile.volatile).hash,
    document: fingerprint(before, volatile.volatile).text,
  };

  test("makes no update of its own", () => {
    const after = document({ photoUrl: "two", colour: "red" });
    expect(diffOf(known, [{ id: "7", document: after }], volatile)).toMatchObject({
      entries: [],
      unchanged: 1,
    });
  });

  test("goes along with an update, but is not named as changed", () => {
    const after = document({ photoUrl: "two", colour: "blue" });
    const result = diffOf(known, [{ id: "7", document: after }], volatile);
    expect(valuesOf(result)).toMatchObject([{ before, after, changed: ["attributes.colour"] }]);
  });
});

describe("the upstream's time of a change", () => {
  const createdAt = "2026-01-01T00:00:00Z";
  const updatedAt = "2026-02-02T00:00:00Z";

  test.each([
    ["when it was updated", { createdAt, updatedAt }, updatedAt],
    ["when it was created, if it names no update", { createdAt }, createdAt],
    ["unknown, if it names neither", {}, null],
  ])("is %s", (_what, times, expected) => {
    const observed = { id: "7", document: accountDocument({ id: "7", ...times }, {}) };
    expect(valuesOf(diffOf(null, [observed]))).toMatchObject([{ upstreamTime: expected }]);
  });

  test("is the tombstone's for a delete", () => {
    const known: KnownAccount = { id: "7", version: 1, hash: redPrint.hash, document: redPrint.text };
    const result = diffOf(known, [{ id: "7", gone: true, at: updatedAt }]);
    expect(valuesOf(result)).toMatchObject([{ op: "deleted", upstreamTime: updatedAt }]);
  });
});
