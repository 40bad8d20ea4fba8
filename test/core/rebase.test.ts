import { describe, expect, test } from "vitest";
import { type Observation, accountDocument } from "../../src/core/account.ts";
import type { AccountState, JournalEntry, NewEntry } from "../../src/core/change.ts";
import { diff } from "../../src/core/diff.ts";
import { eventValue, storedEntry } from "../../src/core/event.ts";
import { fingerprintObservation } from "../../src/core/fingerprint.ts";
import { rebase } from "../../src/core/rebase.ts";

const source = { name: "acme", connector: "scripted", topic: "t", volatile: ["attributes.seenAt"] };
const at = "2026-03-01T00:00:00.000Z";

const seen = (email: string, seenAt = 0): Observation => ({
  id: "a",
  document: accountDocument({ id: "a", email }, { seenAt }),
});
const gone: Observation = { id: "a", gone: true, at: null };

/** The state and the events that these observations lead to. */
function after(observations: readonly Observation[], from?: AccountState) {
  const observed = observations.map((one) => fingerprintObservation(one, source.volatile));
  const { entries } = diff(source, new Map(from && [["a", from]]), observed, at);
  return { state: stateAfter(entries.at(-1)) ?? from, entries };
}

function stateAfter(entry: NewEntry | undefined): AccountState | undefined {
  if (entry === undefined) return undefined;
  const { accountId: id, version, hash, document } = entry;
  return { id, version, hash, document };
}

function rebased(
  shared: readonly Observation[],
  published: readonly Observation[],
  unpublished: readonly Observation[],
) {
  const common = after(shared).state;
  const { entries } = after(unpublished, common);
  const inKafka = published.length === 0 ? undefined : after(published, common).state;
  const unpublishedRows = entries.map(storedEntry);
  const result = rebase(source, unpublishedRows as [JournalEntry, ...JournalEntry[]], inKafka);
  return { ...result, inKafka };
}

function textOf(entry: NewEntry | null): string {
  return entry === null ? "" : eventValue(entry);
}

describe("what was observed after the database went back", () => {
  test("follows what Kafka has as one event with the next version", () => {
    const { account, entry } = rebased([seen("1")], [seen("2"), seen("3")], [seen("4"), seen("5")]);
    expect(account).toMatchObject({ version: 4, document: expect.stringContaining('"email":"5"') as string });
    expect(entry).toMatchObject({ op: "updated", version: 4, key: "acme/a", topic: "t", observedAt: at });
    const { before, after: now, changed } = JSON.parse(textOf(entry)) as Record<string, unknown>;
    expect([before, now, changed]).toMatchObject([{ email: "3" }, { email: "5" }, ["email"]]);
  });

  test("follows the state it started from where Kafka has nothing newer", () => {
    const { account, entry } = rebased([seen("1")], [], [seen("2"), seen("3")]);
    expect(account.version).toBe(2);
    expect(entry).toMatchObject({ op: "updated", version: 2 });
    expect(textOf(entry)).toContain('"email":"1"');
  });

  test.each<[what: string, published: Observation[], unpublished: Observation[], op: string]>([
    ["that an account is gone is a delete", [seen("2")], [gone], "deleted"],
    ["that an account lives that Kafka has deleted is an insert", [gone], [seen("2")], "inserted"],
  ])("%s", (_what, published, unpublished, op) => {
    const { account, entry } = rebased([seen("1")], published, unpublished);
    expect(entry).toMatchObject({ op, version: 3 });
    expect(account.document === null).toBe(op === "deleted");
  });

  test.each<[what: string, published: Observation[], unpublished: Observation[]]>([
    ["the same", [seen("2")], [seen("2")]],
    ["the same but for what makes no difference", [seen("2", 7)], [seen("2", 8)]],
    ["the same in the end", [seen("2"), seen("3")], [seen("2"), seen("3")]],
    ["gone in both", [gone], [gone]],
  ])("is no event when it is %s", (_what, published, unpublished) => {
    const { account, entry, inKafka } = rebased([seen("1")], published, unpublished);
    expect(entry).toBeNull();
    expect(account).toEqual(inKafka);
  });

  test("leaves nothing behind of an account that came and went unpublished", () => {
    const { account, entry } = rebased([], [], [seen("1"), gone]);
    expect(entry).toBeNull();
    expect(account).toMatchObject({ id: "a", version: 0, document: null });
  });

  test("is taken back where it ended as it had begun", () => {
    const common = after([seen("1")]).state;
    const { account, entry } = rebased([seen("1")], [], [seen("2"), seen("1")]);
    expect(entry).toBeNull();
    expect(account).toEqual(common);
  });
});
