import { createRequire } from "node:module";
import * as fc from "fast-check";
import { expect, test } from "vitest";

const require = createRequire(import.meta.url);
const path = "kafkajs/src/protocol/recordBatch/crc32C/index.js";
const original = require(path) as (bytes: Buffer) => number;
await import("../../src/kafka/checksum-patch.ts");
const patched = require(path) as (bytes: Buffer) => number;

test("a batch has the checksum that kafkajs' own code gives it", () => {
  expect(patched).not.toBe(original);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5_000 }), (array) => {
      const bytes = Buffer.from(array);
      expect(patched(bytes)).toBe(original(bytes));
    }),
  );
});
