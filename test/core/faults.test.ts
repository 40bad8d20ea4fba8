import { expect, test } from "vitest";
import { z } from "zod";
import { faultsOf } from "../../src/core/faults.ts";

const schema = z.strictObject({
  prefix: z.string(),
  kafka: z
    .strictObject({ brokers: z.array(z.string()).min(1), acks: z.enum(["all", "leader"]).optional() })
    .optional(),
  sources: z
    .record(z.string(), z.strictObject({ connector: z.string(), every: z.string().default("60s") }))
    .default({}),
});

function faults(input: unknown): string[] {
  const result = schema.safeParse(input);
  return result.success ? [] : faultsOf(result.error, input, schema);
}

test("every fault is one sentence with its path, all at once", () => {
  expect(faults({ kafka: { brokers: [], acks: "lead" } })).toEqual([
    "prefix is missing",
    expect.stringMatching(/^kafka\.brokers: /),
    "kafka.acks must be one of all, leader; did you mean leader?",
  ]);
});

test("a mistyped name comes with the nearest valid one, also inside optional, default and record schemas", () => {
  expect(faults({ prefx: "a", prefix: "a", kafka: { brokers: ["b"], broker: [] } })).toEqual([
    "kafka.broker is not a known name; did you mean brokers?",
    "prefx is not a known name; did you mean prefix?",
  ]);
  expect(faults({ prefix: "a", sources: { hr: { connector: "x", evry: "1s" } } })).toEqual([
    "sources.hr.evry is not a known name; did you mean every?",
  ]);
});

test("a name that is near to none comes with all valid ones", () => {
  expect(faults({ prefix: "a", zzzzzz: 1 })).toEqual([
    "zzzzzz is not a known name; known are prefix, kafka, sources",
  ]);
});
