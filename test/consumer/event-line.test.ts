import { expect, test } from "vitest";
import { eventLine } from "../../src/consumer/event-line.ts";
import type { ParsedRecord } from "../../src/consumer/parse-event.ts";

function record(change: object): ParsedRecord {
  return {
    kind: "event",
    key: "acme-hr/118",
    version: 4,
    shard: 3,
    seq: "7",
    batch: "1",
    hash: "0".repeat(32),
    replay: null,
    event: {
      op: "updated",
      source: "acme-hr",
      connector: "bamboohr",
      accountId: "118",
      version: 4,
      before: { displayName: "Ada Pereira" },
      after: { displayName: "Ada Pereira" },
      changed: ["attributes.department", "attributes.jobTitle"],
      upstreamTime: null,
      observedAt: "2026-03-01T09:14:02.118Z",
      ...change,
    },
  } as unknown as ParsedRecord;
}

test("an update says what changed, an insert and a delete who it is", () => {
  expect(eventLine(record({}))).toBe(
    "09:14:02.118 updated   acme-hr/118 v4  attributes.department, attributes.jobTitle",
  );
  expect(eventLine(record({ op: "inserted", before: null, changed: [] }))).toBe(
    "09:14:02.118 inserted  acme-hr/118 v4  Ada Pereira",
  );
  expect(eventLine(record({ op: "deleted", after: null, changed: [] }))).toBe(
    "09:14:02.118 deleted   acme-hr/118 v4  Ada Pereira",
  );
});

test("a pointer says how large its event is", () => {
  const pointer = { before: null, after: null, oversize: { bytes: 3_000_123, hash: "0".repeat(32) } };
  expect(eventLine(record(pointer))).toBe(
    "09:14:02.118 updated   acme-hr/118 v4  attributes.department, attributes.jobTitle (pointer to 3000123 bytes)",
  );
  expect(eventLine(record({ ...pointer, op: "deleted", changed: [] }))).toBe(
    "09:14:02.118 deleted   acme-hr/118 v4  (pointer to 3000123 bytes)",
  );
});

test("a replay and a tombstone can be told", () => {
  const inserted = record({ op: "inserted", changed: [] });
  const replay = { id: "12", origin: { shard: 3, seq: "1207" } };
  expect(eventLine({ ...inserted, replay })).toMatch(/Ada Pereira \(replay 12 of 3:1207\)$/);
  expect(eventLine({ ...inserted, replay: { id: "12", origin: null } })).toMatch(/\(replay 12\)$/);
  expect(eventLine({ ...record({}), kind: "tombstone" })).toContain("forgotten acme-hr/118");
});

test("a line is cut to the width of the terminal", () => {
  const line = eventLine(record({}), 40);
  expect(line).toHaveLength(40);
  expect(line.endsWith("…")).toBe(true);
});
