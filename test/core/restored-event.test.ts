import { expect, test } from "vitest";
import { type Observation, accountDocument } from "../../src/core/account.ts";
import { diff } from "../../src/core/diff.ts";
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

test("what is no event of ours is not understood", () => {
  const record = { topic: "t", key: "acme/a", value: "{}", headers: {} };
  expect(() => restoredEvent(record)).toThrow(/invalid_union/);
});
