import { describe, expect, test } from "vitest";
import { accountDocument } from "../../src/core/account.ts";
import { eventRecord } from "../../src/core/event-record.ts";
import { pointerSchema } from "../../src/core/event-schema.ts";
import { eventHeaders, eventValue, journalEntry } from "../../src/core/event.ts";
import { fingerprint } from "../../src/core/fingerprint.ts";

const limit = 100_000;
const unlimited = Number.POSITIVE_INFINITY;

interface Given {
  text?: string;
  id?: string;
  changed?: readonly string[];
}

/** The journal row of an update whose document holds this text. */
function row({ text = "", id = "7", changed = ["attributes.text"] }: Given) {
  const documentOf = (inner: string) => fingerprint(accountDocument({ id }, { text: inner }), []);
  const { text: after, hash } = documentOf(text);
  const entry = journalEntry({
    op: "updated",
    source: "acme",
    connector: "scripted",
    topic: "t",
    accountId: id,
    version: 4,
    before: documentOf("old").text,
    after,
    changed,
    upstreamTime: "2026-03-01T00:00:00Z",
    observedAt: "2026-03-01T09:14:02.118Z",
    hash,
  });
  return { ...entry, value: eventValue(entry), seq: "12", batchNonce: "42" };
}

const parsed = ({ value }: { value: string }) => pointerSchema.parse(JSON.parse(value));

describe("an event that its topic takes", () => {
  test("goes with the bytes of the journal", () => {
    const small = row({ text: "x" });
    expect(eventRecord(small, 3, limit)).toEqual({
      key: small.key,
      value: small.value,
      headers: eventHeaders(small, 3),
    });
  });

  test("is measured in bytes of UTF-8, with room for its headers and for what a codec may add", () => {
    const isWhole = (text: string) => !("tidemark-oversize" in eventRecord(row({ text }), 3, limit).headers);
    expect(isWhole("x".repeat(90_000))).toBe(true);
    expect(isWhole("x".repeat(92_000))).toBe(false);
    expect(isWhole("ä".repeat(45_000))).toBe(true);
    expect(isWhole("ä".repeat(46_000))).toBe(false);
  });
});

describe("an event that its topic does not take", () => {
  test("goes as a pointer with the same key and headers, and all but the documents", () => {
    const large = row({ text: "x".repeat(limit) });
    const { key, value, headers } = eventRecord(large, 3, limit);
    const bytes = Buffer.byteLength(large.value);
    expect({ key, headers }).toEqual({
      key: large.key,
      headers: { ...eventHeaders(large, 3), "tidemark-oversize": String(bytes) },
    });
    const whole = JSON.parse(large.value) as object;
    expect(JSON.parse(value)).toEqual({
      ...whole,
      before: null,
      after: null,
      oversize: { bytes, hash: large.hash },
    });
    expect(eventRecord(large, 3, limit)).toEqual({ key, value, headers });
  });

  test("is not led astray by ids and documents that look like parts of an event", () => {
    const trap = ',"before":{"after":null},"changed":["x"],"oversize":{"bytes":1}}';
    const large = row({ id: trap.slice(0, 60), text: trap.repeat(3_000), changed: [`attributes.${trap}`] });
    expect(parsed(eventRecord(large, 3, limit))).toMatchObject({
      accountId: trap.slice(0, 60),
      changed: [`attributes.${trap}`],
      upstreamTime: "2026-03-01T00:00:00Z",
      observedAt: "2026-03-01T09:14:02.118Z",
      oversize: { bytes: Buffer.byteLength(large.value) },
    });
  });

  test("names the first members of its changed paths when there are many, so that pointers stay small", () => {
    const paths = Array.from({ length: 50_000 }, (_, index) => `attributes.member${index}`);
    const large = row({ text: "x".repeat(limit), changed: [...paths, "email"] });
    const record = eventRecord(large, 3, limit);
    expect(parsed(record).changed).toEqual(["attributes", "email"]);
    expect(record.value.length).toBeLessThan(1_000);
  });

  test("of the longest id and many paths stays below 32 KiB with its headers", () => {
    const id = '東"'.repeat(256);
    const large = row({ id, text: "x".repeat(limit), changed: ["p".repeat(8_000)] });
    const { key, value, headers } = eventRecord(large, 3, limit);
    expect(Buffer.byteLength(key + value + JSON.stringify(headers))).toBeLessThan(32_768);
  });
});

test("a pointer that was brought back from Kafka into the journal goes out as it was, whatever the limit is now", () => {
  const large = row({ text: "x".repeat(limit) });
  const pointer = eventRecord(large, 3, limit);
  expect(eventRecord({ ...large, value: pointer.value }, 3, unlimited)).toEqual(pointer);
});
