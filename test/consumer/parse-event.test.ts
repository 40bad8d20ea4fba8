import { describe, expect, test } from "vitest";
import { InvalidEventError, parseEvent } from "../../src/consumer/index.ts";
import { eventHeaders } from "../../src/core/event.ts";
import { sampleRecord } from "./sample-records.ts";

const inserted = sampleRecord({ op: "inserted", version: 1, seq: 12, after: "a@x" });
const deleted = sampleRecord({ op: "deleted", version: 2, before: "a@x" });
/** The journal row of the insert. */
const row = {
  seq: "12",
  op: "inserted",
  key: "acme/7",
  version: 1,
  hash: "0123456789abcdef0123456789abcdef",
  observedAt: "2026-05-04T03:02:01.000Z",
  batchNonce: "42",
} as const;

function faultsOf(record: Parameters<typeof parseEvent>[0]): readonly string[] {
  try {
    parseEvent(record);
  } catch (error) {
    if (error instanceof InvalidEventError) return error.faults;
    throw error;
  }
  return [];
}

function withValue(change: Record<string, unknown>) {
  return { ...inserted, value: JSON.stringify({ ...(JSON.parse(inserted.value) as object), ...change }) };
}

function withHeaders(change: Record<string, string | undefined>) {
  return { ...inserted, headers: { ...inserted.headers, ...change } };
}

describe("a record as the worker publishes it", () => {
  test("is an event with its origin", () => {
    expect(parseEvent(inserted)).toMatchObject({
      kind: "event",
      key: "acme/7",
      version: 1,
      shard: 3,
      seq: "12",
      batch: "42",
      hash: "0123456789abcdef0123456789abcdef",
      replay: null,
      event: { op: "inserted", version: 1, before: null, after: { email: "a@x", attributes: { team: "ä" } } },
    });
  });

  test("may come as bytes, and with repeated headers of which the last one counts", () => {
    const bytes = {
      key: Buffer.from(inserted.key),
      value: Buffer.from(inserted.value),
      headers: Object.fromEntries(
        Object.entries(inserted.headers).map(([name, text]) => [
          name,
          [Buffer.from("stale"), Buffer.from(text)],
        ]),
      ),
    };
    expect(parseEvent(bytes)).toEqual(parseEvent(inserted));
  });

  test("is a tombstone when its value is null", () => {
    expect(parseEvent({ ...deleted, value: null })).toMatchObject({
      kind: "tombstone",
      key: "acme/7",
      version: 2,
      seq: "2",
    });
  });

  test.each([
    ["12/3:1207", { id: "12", origin: { shard: 3, seq: "1207" } }],
    ["12", { id: "12", origin: null }],
    ["some/future;form", { id: "some/future;form", origin: null }],
    ["12/3:x", { id: "12/3:x", origin: null }],
  ])("says by what, and of what, it was published again: %s", (header, replay) => {
    expect(parseEvent(withHeaders({ "tidemark-replay": header })).replay).toEqual(replay);
  });

  test("says so too when it went through the journal as a replay", () => {
    const replay = { id: "4", originSeq: "9" };
    const headers = eventHeaders({ ...row, replay }, 3);
    expect(parseEvent({ ...inserted, headers }).replay).toEqual({ id: "4", origin: { shard: 3, seq: "9" } });
    const snapshot = eventHeaders({ ...row, replay: { ...replay, originSeq: null } }, 3);
    expect(parseEvent({ ...inserted, headers: snapshot }).replay).toEqual({ id: "4", origin: null });
  });

  test("may have members that this version does not know", () => {
    expect(parseEvent(withValue({ reason: "remapped" }))).toMatchObject({ event: { reason: "remapped" } });
  });
});

describe("a pointer", () => {
  const update = { op: "updated", version: 2, before: "a@x", after: "b@x" } as const;
  const whole = sampleRecord(update);
  const pointer = sampleRecord({ ...update, isPointer: true });
  const oversize = { bytes: Buffer.byteLength(whole.value), hash: "0123456789abcdef0123456789abcdef" };

  test("is all of the event but its documents, with its size and fingerprint", () => {
    const { event, ...origin } = parseEvent(whole) as { event: object };
    expect(parseEvent(pointer)).toEqual({
      ...origin,
      event: { ...event, before: null, after: null, oversize },
    });
    expect(pointer.headers).toEqual({ ...whole.headers, "tidemark-oversize": String(oversize.bytes) });
  });

  test.each([
    ["a document", { after: {} }, "after: "],
    ["no size", { oversize: { hash: oversize.hash } }, "oversize.bytes: "],
    ["another fingerprint", { oversize: { ...oversize, hash: "0".repeat(32) } }, "oversize.hash is "],
    ["another size", { oversize: { ...oversize, bytes: 1 } }, "header tidemark-oversize is "],
  ])("with %s is refused", (_, change, fault) => {
    const value = JSON.stringify({ ...(JSON.parse(pointer.value) as object), ...change });
    expect(faultsOf({ ...pointer, value })).toEqual([expect.stringContaining(fault)]);
  });

  test("is told by its value and its header, not by one of them", () => {
    expect(faultsOf({ ...pointer, headers: whole.headers })).toEqual([
      `header tidemark-oversize is absent instead of ${oversize.bytes}`,
    ]);
    expect(faultsOf({ ...whole, headers: pointer.headers })).toEqual([
      `header tidemark-oversize is ${oversize.bytes} instead of absent`,
    ]);
  });
});

describe("a record that is not an event is refused, with every fault named", () => {
  test.each([
    ["no key", { ...inserted, key: null }, ["the key is missing"]],
    ["no JSON", { ...inserted, value: "{" }, ["the value is not JSON"]],
    ["no UTF-8", { ...inserted, value: Buffer.from([0xff, 0xfe]) }, ["the value is not UTF-8"]],
    ["a version of zero", withValue({ version: 0 }), [expect.stringMatching(/^version: /)]],
    ["an insert with a before", withValue({ before: {} }), [expect.stringMatching(/^before: /)]],
    ["an unknown operation", withValue({ op: "renamed" }), [expect.stringMatching(/^op: /)]],
    [
      "a header that is missing",
      withHeaders({ "tidemark-seq": undefined }),
      [expect.stringMatching(/^header tidemark-seq: /)],
    ],
    [
      "two faults",
      { ...withHeaders({ ce_specversion: "0.3" }), value: "[" },
      [expect.stringMatching(/^header ce_specversion: /), "the value is not JSON"],
    ],
  ])("%s", (_, record, faults) => {
    const found = faultsOf(record);
    expect(found).toEqual(expect.arrayContaining(faults));
    expect(found.length).toBe(faults.length);
  });

  test.each([
    ["key", { ...inserted, key: "acme/8" }],
    ["ce_id", withHeaders({ ce_id: "acme/7/2" })],
    ["ce_type", withHeaders({ ce_type: "tidemark.account.deleted.v1" })],
    ["ce_source", withHeaders({ ce_source: "/tidemark/other" })],
    ["ce_subject", withHeaders({ ce_subject: "8" })],
    ["ce_type", { ...inserted, value: null }],
    ["ce_id", { ...deleted, value: null, headers: { ...deleted.headers, ce_id: "acme/8/2" } }],
    ["ce_id", { ...deleted, value: null, headers: { ...deleted.headers, ce_id: "acme/7" } }],
  ])("a %s that contradicts the value", (name, record) => {
    expect(faultsOf(record).join("\n")).toContain(`${name} is `);
  });

  test("the error names the record", () => {
    expect(() => parseEvent({ ...inserted, value: "{" })).toThrow(
      "record acme/7 is not a Tidemark event: the value is not JSON",
    );
  });
});
