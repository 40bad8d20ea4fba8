import { expect, test } from "vitest";
import { accountDocument } from "../../src/core/account.ts";
import { diff } from "../../src/core/diff.ts";
import { eventHeaders } from "../../src/core/event.ts";
import { restoredEvent } from "../../src/core/restored-event.ts";

test("journal row and account come back from a published event byte for byte", () => {
  const source = { name: "acme", connector: "scripted", topic: "t", volatile: [] };
  const attributes = { b: [1, null, { y: 1.5e300, x: "é\u0000 \"'" }], "10": true, "9": {}, a: null };
  const { accounts, entries } = diff(
    source,
    new Map(),
    [
      { id: "a/ü", document: accountDocument({ id: "a/ü", email: "x" }, attributes) },
      { id: "a/ü", document: accountDocument({ id: "a/ü", email: "y" }, attributes) },
      { id: "a/ü", gone: true, at: null },
    ],
    "2026-03-01T00:00:00.000Z",
  );
  const restored = entries.map((entry, index) => {
    const row = { ...entry, seq: String(index + 5), batchNonce: "4611686018427387903" };
    const { topic, key, value } = entry;
    return { row, ...restoredEvent({ topic, key, value, headers: eventHeaders(row, 3) }) };
  });
  for (const { row, entry } of restored) expect(entry).toEqual(row);
  expect(restored.at(-1)?.account).toEqual(accounts[0]);
  const [first] = restored;
  expect(first?.account.document).toBe(entries[0]?.value.match(/"after":(.*),"changed"/)?.[1]);
  expect(first?.account).toMatchObject({ version: 1, hash: entries[0]?.hash });
});

test("what is no event of ours is not understood", () => {
  const record = { topic: "t", key: "acme/a", value: "{}", headers: {} };
  expect(() => restoredEvent(record)).toThrow(/invalid_union/);
});
