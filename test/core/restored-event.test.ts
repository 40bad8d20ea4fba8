import { describe, expect, test } from "vitest";
import { type Observation, accountDocument } from "../../src/core/account.ts";
import { diff } from "../../src/core/diff.ts";
import { eventRecord } from "../../src/core/event-record.ts";
import { wholeEventSchema } from "../../src/core/event-schema.ts";
import { eventHeaders, storedEntry } from "../../src/core/event.ts";
import { fingerprintObservation } from "../../src/core/fingerprint.ts";
import { restoredEvent } from "../../src/core/restored-event.ts";

test("journal row and account come back from a published event byte for byte", () => {
  const source = { name: "acme", connector: "scripted", topic: "t", volatile: [] };
  const attributes = { b: [1, null, { y: 1.5e300, x: "é\u0000 \"'" }], "10": true, "9": {}, a: null };
  const observations: Observation[] = [
    { id: "a/ü", document: accountDocument({ id: "a/ü", email: "x" }, attributes) },
    { id: "a/ü", document: accountDocument({ id: "a/ü", email: "y" }, attributes) },
    { id: "a/ü", gone: true, at: null },
  ];
  const observed = observations.map((one) => fingerprintObservation(one, source.volatile));
  const { entries } = diff(source, new Map(), observed, "2026-03-01T00:00:00.000Z");
  const restored = entries.map((entry, index) => {
    const row = { ...storedEntry(entry), seq: String(index + 5), batchNonce: "4611686018427387903" };
    const { topic, key, value } = row;
    const { accountId: id, version, hash, document } = entry;
    return {
      row,
      state: { id, version, hash, document },
      ...restoredEvent({ topic, key, value, headers: eventHeaders(row, 3) }),
    };
  });
  for (const { row, state, entry, account } of restored)
    expect({ entry, account }).toEqual({ entry: row, account: state });
  expect(restored).toHaveLength(3);
});

test.each([
  { id: "7", originSeq: "12" },
  { id: "7", originSeq: null },
])("what was published again comes back as that ($originSeq), and tells nothing of its account", (replay) => {
  const source = { name: "acme", connector: "scripted", topic: "t", volatile: [] };
  const observed = fingerprintObservation({ id: "a", document: accountDocument({ id: "a" }, {}) }, []);
  const { entries } = diff(source, new Map(), [observed], "2026-03-01T00:00:00.000Z");
  const [row] = entries.map((entry) => ({ ...storedEntry(entry), seq: "20", batchNonce: "7", replay }));
  if (row === undefined) throw new Error("the event is missing");
  const record = { topic: "t", ...eventRecord(row, 3, 1e6) };
  expect(restoredEvent(record)).toEqual({ entry: row, account: null });
  const strange = { ...record, headers: { ...record.headers, "tidemark-replay": "strange" } };
  expect(() => restoredEvent(strange)).toThrow("strange names no replay");
});

describe("of a pointer", () => {
  const source = { name: "acme", connector: "scripted", topic: "t", volatile: [] };
  const observed = (email: string) =>
    fingerprintObservation({ id: "a", document: accountDocument({ id: "a", email }, {}) }, []);
  const { entries } = diff(
    source,
    new Map(),
    [observed("x"), observed("y"), { id: "a", gone: true, at: null }],
    "2026-03-01T00:00:00.000Z",
  );
  const restored = entries.map((entry, index) => {
    const row = { ...storedEntry(entry), seq: String(index + 5), batchNonce: "7" };
    const record = { topic: "t", ...eventRecord(row, 3, 0) };
    return { row, record, ...restoredEvent(record) };
  });

  test("comes back what it says, under the same number and version", () => {
    for (const { row, record, entry } of restored) expect(entry).toEqual({ ...row, value: record.value });
    expect(restored).toHaveLength(3);
  });

  test("comes back a living account of which nothing but the id is known: what is observed next is an update", () => {
    const state = restored[1]?.account ?? null;
    if (state === null) throw new Error("the update is missing");
    expect(state).toMatchObject({ id: "a", version: 2 });
    // The very document whose event was the pointer.
    const next = diff(source, new Map([["a", state]]), [observed("y")], "2026-03-01T00:00:01.000Z");
    const [event] = next.entries.map((entry) => JSON.parse(storedEntry(entry).value) as object);
    expect(event).toMatchObject({ op: "updated", version: 3, after: { email: "y" }, changed: ["email"] });
    expect(wholeEventSchema.safeParse(event).error).toBeUndefined();
  });

  test("comes back a deleted account, whose next event is an insert", () => {
    const state = restored[2]?.account ?? null;
    if (state === null) throw new Error("the delete is missing");
    expect(state).toEqual({ id: "a", version: 3, hash: entries[2]?.hash, document: null });
    const next = diff(source, new Map([["a", state]]), [observed("y")], "2026-03-01T00:00:01.000Z");
    expect(next).toMatchObject({ inserted: 1, entries: [{ version: 4 }] });
  });
});

test("what is no event of ours is not understood", () => {
  const record = { topic: "t", key: "acme/a", value: "{}", headers: {} };
  expect(() => restoredEvent(record)).toThrow(/invalid_union/);
});
