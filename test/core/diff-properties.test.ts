import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type AccountDocument, type Observation, accountDocument } from "../../src/core/account.ts";
import type { AccountState, KnownAccount, NewEntry } from "../../src/core/change.ts";
import { type DiffedSource, type PageDiff, diff, whatToAsk } from "../../src/core/diff.ts";
import { eventValue } from "../../src/core/event.ts";
import { fingerprint, fingerprintObservation } from "../../src/core/fingerprint.ts";
import type { JsonValue } from "../../src/core/json.ts";
import { anyJsonObject, withMembersReversed } from "./any-json.ts";

const source: DiffedSource = {
  name: "acme-hr",
  connector: "bamboohr",
  topic: "accounts",
  volatile: ["attributes.v"],
};

// Few ids and few documents, so that they meet again and again.
const anyId = fc.constantFrom("a", "b", "c", "__proto__");
const anyAttributes = fc.oneof(
  fc.record({ colour: fc.constantFrom("red", "blue"), v: fc.nat(2) }, { requiredKeys: [] }),
  anyJsonObject,
);

function anyObservation(id: string): fc.Arbitrary<Observation> {
  return fc.oneof(
    {
      weight: 4,
      arbitrary: anyAttributes.map((attributes) => ({ id, document: accountDocument({ id }, attributes) })),
    },
    { weight: 2, arbitrary: fc.constant<Observation>({ id, gone: true, at: null }) },
    { weight: 1, arbitrary: fc.constant<Observation>({ id, present: true }) },
  );
}

const anyPage = fc.array(anyId.chain(anyObservation), { maxLength: 12 });
const anyPages = fc.array(anyPage, { maxLength: 8 });
const anyPageOfDistinctIds = fc.uniqueArray(anyId.chain(anyObservation), { selector: ({ id }) => id });

function diffOf(known: ReadonlyMap<string, AccountState>, page: readonly Observation[]): PageDiff {
  const observed = page.map((one) => fingerprintObservation(one, source.volatile));
  // As little as a store tells that was asked the right questions.
  const told = whatToAsk(observed).flatMap(({ id, unlessHash }): [string, KnownAccount][] => {
    const state = known.get(id);
    if (state === undefined) return [];
    const isWanted = state.document === null || (unlessHash !== null && unlessHash !== state.hash);
    return [[id, isWanted ? state : { ...state, document: undefined }]];
  });
  return diff(source, new Map(told), observed, "2026-03-01T12:00:00.000Z");
}

/** What a store would hold, page after page. */
function replay(pages: readonly Observation[][]): {
  known: Map<string, AccountState>;
  entries: NewEntry[];
  results: PageDiff[];
} {
  const known = new Map<string, AccountState>();
  const results = pages.map((page) => {
    const result = diffOf(known, page);
    for (const { accountId: id, version, hash, document } of result.entries)
      known.set(id, { id, version, hash, document });
    return result;
  });
  return { known, entries: results.flatMap(({ entries }) => entries), results };
}

function byAccount(entries: readonly NewEntry[]): NewEntry[][] {
  return [...Map.groupBy(entries, ({ accountId }) => accountId).values()];
}

function hashOf(document: AccountDocument): string {
  return fingerprint(document, source.volatile).hash;
}

test("a diff, applied, gives what was observed: the last word on every account", () => {
  fc.assert(
    fc.property(anyPages, (pages) => {
      const observed = new Map<string, string>();
      for (const observation of pages.flat()) {
        if ("document" in observation) observed.set(observation.id, hashOf(observation.document));
        else if ("gone" in observation) observed.delete(observation.id);
      }
      const living = [...replay(pages).known.values()].filter(({ document }) => document !== null);
      expect(new Map(living.map(({ id, hash }) => [id, hash]))).toEqual(observed);
    }),
  );
});

test("versions are 1, 2, 3 … per account, beginning with an insert, and after a delete only an insert", () => {
  fc.assert(
    fc.property(anyPages, (pages) => {
      const { entries, known } = replay(pages);
      for (const events of byAccount(entries)) {
        expect(events.map(({ version }) => version)).toEqual(events.map((_event, index) => index + 1));
        expect(known.get(events[0]?.accountId ?? "")?.version).toBe(events.length);
        events.forEach(({ op }, index) => {
          const before = events[index - 1]?.op ?? "deleted";
          expect(op === "inserted").toBe(before === "deleted");
        });
      }
    }),
  );
});

test("the events of an account are a chain: each begins where the one before it ended", () => {
  fc.assert(
    fc.property(anyPages, (pages) => {
      const { entries, known } = replay(pages);
      for (const events of byAccount(entries)) {
        let [last, lastHash] = ["null", ""];
        for (const event of events) {
          const { hash, op } = event;
          const value = eventValue(event);
          const { after } = JSON.parse(value) as { after: AccountDocument | null };
          const text = after === null ? "null" : fingerprint(after, []).text;
          expect(value).toContain(`,"before":${last},"after":${text},"changed":`);
          expect(after === null).toBe(op === "deleted");
          expect(hash).toBe(after === null ? lastHash : hashOf(after));
          [last, lastHash] = [text, hash];
        }
        expect(last).toBe(known.get(events[0]?.accountId ?? "")?.document ?? "null");
      }
    }),
  );
});

test("observing the same again yields nothing, with members in another order or another volatile value too", () => {
  fc.assert(
    fc.property(anyPages, anyPageOfDistinctIds, fc.nat(), (pages, page, v) => {
      const { known } = replay([...pages, page]);
      const again = page.map((observation) => {
        if (!("document" in observation)) return observation;
        const attributes = { ...observation.document.attributes, v };
        const document = { ...observation.document, attributes } as unknown as JsonValue;
        return { ...observation, document: withMembersReversed(document) as unknown as AccountDocument };
      });
      for (const observations of [page, again]) {
        expect(diffOf(known, observations).entries).toEqual([]);
      }
    }),
  );
});

test("where a page ends never matters: one long page gives the same events as many of one observation each", () => {
  fc.assert(
    fc.property(anyPages, (pages) => {
      const oneByOne = pages.flat().map((observation) => [observation]);
      expect(replay([pages.flat()]).entries).toEqual(replay(oneByOne).entries);
      expect(replay(pages).entries).toEqual(replay(oneByOne).entries);
    }),
  );
});

test("every observation ends as exactly one thing", () => {
  fc.assert(
    fc.property(anyPages, (pages) => {
      replay(pages).results.forEach((result, index) => {
        const { inserted, updated, deleted, unchanged, unresolved } = result;
        expect(inserted + updated + deleted).toBe(result.entries.length);
        expect(result.entries.length + unchanged + unresolved.length).toBe(pages[index]?.length);
      });
    }),
  );
});

test("an update names at least one changed member, and no volatile one; other events name none", () => {
  fc.assert(
    fc.property(anyPages, (pages) => {
      for (const entry of replay(pages).entries) {
        const { changed } = JSON.parse(eventValue(entry)) as { changed: string[] };
        expect(changed.length > 0).toBe(entry.op === "updated");
        expect(changed).not.toContain("attributes.v");
      }
    }),
  );
});
