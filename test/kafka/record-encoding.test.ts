import { createRequire } from "node:module";
import * as fc from "fast-check";
import { expect, test } from "vitest";

type Encode = (record: object) => { buffer: Buffer };

// kafkajs' own encoder has to be read before ours takes its place.
const require = createRequire(import.meta.url);
const path = "kafkajs/src/protocol/recordBatch/record/v0/index.js";
const original = require(path) as Encode;
const { encodeRecord } = await import("../../src/kafka/record-encoding.ts");

const bytes = fc.oneof(
  fc.constant(null),
  fc.string({ unit: "grapheme" }),
  fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)),
);
// kafkajs cannot measure a header that is null, so it never has to be written.
const header = fc.string({ unit: "grapheme" });

test("a record has the very bytes that kafkajs' own encoder gives it", () => {
  const record = fc.record({
    offsetDelta: fc.nat({ max: 1_000_000 }),
    timestampDelta: fc.nat({ max: 100_000_000 }),
    key: bytes,
    value: bytes,
    headers: fc.dictionary(fc.string({ minLength: 1 }), fc.oneof(header, fc.array(header, { maxLength: 3 }))),
  });
  fc.assert(
    fc.property(record, (given) => {
      expect(encodeRecord(given as Parameters<typeof encodeRecord>[0]).buffer).toEqual(
        original(given).buffer,
      );
    }),
    { numRuns: 500 },
  );
});

test("kafkajs' producer uses it", () => {
  expect(require.cache[require.resolve(path)]?.exports).toBe(encodeRecord);
  expect(original).not.toBe(encodeRecord);
});
