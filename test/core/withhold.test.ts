import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { KnownAccount } from "../../src/core/change.ts";
import { diff } from "../../src/core/diff.ts";
import { type FingerprintedObservation, fingerprintObservation } from "../../src/core/fingerprint.ts";
import { withhold } from "../../src/core/withhold.ts";
import { documentOf } from "../support/scripted-connector.ts";

const source = { name: "acme", connector: "scripted", topic: "accounts", volatile: [] };
const observedAt = "2026-03-01T12:00:00.000Z";

const gone = (id: string): FingerprintedObservation => ({ id, gone: true, at: null });
const seen = (id: string, displayName: string | null = null) =>
  fingerprintObservation({ id, document: documentOf(id, { displayName }) }, []);

/** Living accounts, in version 1. */
function known(...ids: string[]): Map<string, KnownAccount> {
  return new Map(
    ids.map((id) => {
      const { text, hash } = seen(id) as { text: string; hash: string };
      return [id, { id, version: 1, hash, document: text }];
    }),
  );
}

function without(
  op: "inserted" | "deleted",
  accounts: Map<string, KnownAccount>,
  observations: FingerprintedObservation[],
) {
  const before = diff(source, accounts, observations, observedAt);
  const { changes, observations: rest } = withhold(op, before, observations);
  const { entries, unresolved } = diff(source, accounts, rest, observedAt);
  return {
    changes,
    ids: changes.map(({ id }) => id),
    events: entries.map(({ op: done, accountId, version }) => `${done} ${accountId} v${version}`),
    unresolved,
  };
}

describe("a page without its deletes", () => {
  test.each<[string, FingerprintedObservation[], string[], string[]]>([
    [
      "keeps what else it changes",
      [gone("a"), seen("b", "B"), seen("n")],
      ["a"],
      ["updated b v2", "inserted n v1"],
    ],
    ["knows nothing of a delete that it takes back", [gone("a"), seen("a")], [], []],
    ["updates what was deleted and inserted again", [gone("a"), seen("a", "A")], [], ["updated a v2"]],
    ["names an account once", [gone("a"), seen("a", "A"), gone("a")], ["a"], ["updated a v2"]],
    ["inserts what it inserts and deletes", [seen("n"), gone("n")], ["n"], ["inserted n v1"]],
    ["leaves alone what was never known", [gone("n"), gone("a")], ["a"], []],
  ])("%s", (_what, observations, ids, events) => {
    expect(without("deleted", known("a", "b"), observations)).toMatchObject({ ids, events });
  });

  test("deletes nothing, keeps versions gapless, and holds exactly what the page would leave deleted", () => {
    const anyObservation = fc
      .record({
        id: fc.constantFrom("a", "b", "n"),
        name: fc.constantFrom(null, "x", "y"),
        isGone: fc.boolean(),
      })
      .map(({ id, name, isGone }) => (isGone ? gone(id) : seen(id, name)));
    fc.assert(
      fc.property(fc.array(anyObservation, { maxLength: 8 }), (observations) => {
        const accounts = known("a", "b");
        const { ids, events, changes } = without("deleted", accounts, observations);
        expect(changes.every(({ document }) => document === null)).toBe(true);
        const versions = new Map([...accounts].map(([id, { version }]) => [id, version]));
        for (const event of events) {
          const [op, id = "", version] = event.split(" ");
          expect(op).toBe(versions.has(id) ? "updated" : "inserted");
          expect(version).toBe(`v${(versions.get(id) ?? 0) + 1}`);
          versions.set(id, (versions.get(id) ?? 0) + 1);
        }
        const last = new Map(observations.map((one) => [one.id, one]));
        for (const id of ids) {
          expect(versions.has(id)).toBe(true);
          expect(last.get(id)).toHaveProperty("gone");
        }
      }),
    );
  });
});

describe("a page without its inserts", () => {
  const present = (id: string): FingerprintedObservation => ({ id, present: true });

  test.each<[string, FingerprintedObservation[], string[], string[]]>([
    [
      "keeps what else it changes",
      [seen("n"), seen("b", "B"), gone("a")],
      ["n"],
      ["updated b v2", "deleted a v2"],
    ],
    ["names an account once, with its newest document", [seen("n"), seen("n", "N")], ["n"], []],
    ["knows nothing of an insert that it takes back", [seen("n"), gone("n")], [], []],
    ["does not ask for what it holds", [seen("n"), present("n")], ["n"], []],
    ["deletes what it deletes and inserts again", [gone("a"), seen("a", "A")], ["a"], ["deleted a v2"]],
    ["knows of one delete", [seen("a", "A"), gone("a"), seen("a", "B"), gone("a")], [], ["deleted a v2"]],
  ])("%s", (_what, observations, ids, events) => {
    const { unresolved, ...rest } = without("inserted", known("a", "b"), observations);
    expect(rest).toMatchObject({ ids, events });
    expect(unresolved).toEqual([]);
  });

  test("inserts nothing, and holds exactly the last documents of what it would leave inserted", () => {
    const anyObservation = fc
      .record({
        id: fc.constantFrom("a", "n", "m"),
        name: fc.constantFrom(null, "x", "y"),
        isGone: fc.boolean(),
      })
      .map(({ id, name, isGone }) => (isGone ? gone(id) : seen(id, name)));
    fc.assert(
      fc.property(fc.array(anyObservation, { maxLength: 8 }), (observations) => {
        const accounts = known("a");
        const { ids, events, changes } = without("inserted", accounts, observations);
        expect(events.filter((event) => event.startsWith("inserted"))).toEqual([]);
        const last = new Map(observations.map((one) => [one.id, one]));
        for (const { id, document } of changes) expect(last.get(id)).toMatchObject({ id, ...document });
        const unknown = [...last.values()].filter(({ id }) => !accounts.has(id));
        expect(unknown.filter((one) => "hash" in one).every(({ id }) => ids.includes(id))).toBe(true);
      }),
    );
  });
});
