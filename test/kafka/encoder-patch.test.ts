import { createRequire } from "node:module";
import * as fc from "fast-check";
import { expect, test } from "vitest";

interface Encoder {
  writeInt32(value: number): Encoder;
  writeString(value: string): Encoder;
  writeBytes(value: Buffer): Encoder;
  writeBuffer(value: Buffer): Encoder;
  writeEncoder(value: Encoder): Encoder;
  writeArray(value: readonly Encoder[], type?: "object"): Encoder;
  readonly buffer: Buffer;
  size(): number;
}

const require = createRequire(import.meta.url);
const path = "kafkajs/src/protocol/encoder.js";
const Original = require(path) as new () => Encoder;
// The same class once more, to be patched: the patch changes what is loaded by then.
delete require.cache[require.resolve(path)];
await import("../../src/kafka/encoder-patch.ts");
const Patched = require(path) as new () => Encoder;

type Step = { write: "int" | "string" | "bytes" | "buffer" | "look"; size: number } | { nested: Step[] };

const { steps } = fc.letrec<{ step: Step; steps: Step[] }>((tie) => ({
  step: fc.oneof(
    { maxDepth: 4 },
    fc.record({
      write: fc.constantFrom("int", "string", "bytes", "buffer", "look"),
      size: fc.oneof(fc.nat({ max: 600 }), fc.integer({ min: 4_000, max: 20_000 })),
    }),
    fc.record({ nested: tie("steps") }),
  ),
  steps: fc.array(tie("step"), { maxLength: 6 }),
}));

function written(of: new () => Encoder, todo: readonly Step[]): Encoder {
  const encoder = new of();
  for (const step of todo) {
    if ("nested" in step) {
      encoder.writeEncoder(written(of, step.nested));
      encoder.writeArray(step.nested.map((one) => written(of, [one])));
      encoder.writeArray(
        step.nested.map((one) => written(of, [one])),
        "object",
      );
      continue;
    }
    const { write, size } = step;
    if (write === "int") encoder.writeInt32(size);
    else if (write === "string") encoder.writeString("é".repeat(size % 10_000));
    else if (write === "bytes") encoder.writeBytes(Buffer.alloc(size, size));
    else if (write === "buffer") encoder.writeBuffer(Buffer.alloc(size, size));
    else void encoder.buffer; // what was looked at can go on
  }
  return encoder;
}

test("a request has the very bytes that kafkajs' own encoder gives it", () => {
  fc.assert(
    fc.property(steps, (todo) => {
      const [expected, found] = [written(Original, todo), written(Patched, todo)];
      expect(found.size()).toBe(expected.size());
      expect(found.buffer.equals(expected.buffer)).toBe(true);
      expect(found.buffer.equals(expected.buffer)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test("what is large is not copied on its way up", () => {
  const large = Buffer.alloc(10_000, 7);
  const outer = new Patched().writeInt32(1).writeEncoder(new Patched().writeBuffer(large)).writeInt32(2);
  expect(Reflect.get(outer, "parts")).toContain(large);
});
