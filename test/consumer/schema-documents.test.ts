import { readFileSync } from "node:fs";
import asyncApiSchema from "@asyncapi/specs/schemas/3.0.0.json" with { type: "json" };
import { Ajv } from "ajv";
import { Ajv2020, type AnySchemaObject } from "ajv/dist/2020.js";
import { load } from "js-yaml";
import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../src/core/json.ts";
import { eventSchema } from "../../src/consumer/index.ts";
import { type Sample, sampleRecord } from "./sample-records.ts";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
/** Times are also held by patterns, and `type` may be several. */
const options = { strict: true, allowUnionTypes: true, formats: { "date-time": true } } as const;

const samples: Record<string, Sample> = {
  insert: { op: "inserted", version: 1, after: "a" },
  update: { op: "updated", version: 2, before: "a", after: "b" },
  delete: { op: "deleted", version: 3, before: "b" },
  snapshot: { op: "snapshot", version: 2, after: "b" },
  pointer: { op: "updated", version: 2, isPointer: true },
  "pointer of a delete": { op: "deleted", version: 3, isPointer: true },
};

const insert = valueOf({ op: "inserted", version: 1, after: "a" });
const account = insert["after"] as JsonObject;
const faulty: Record<string, JsonObject> = {
  "no version": { ...insert, version: null },
  "version zero": { ...insert, version: 0 },
  "an unknown operation": { ...insert, op: "renamed" },
  "an insert with a before": { ...insert, before: account },
  "a document without a member": { ...insert, after: { ...account, email: 1 } },
  "a time that is none": { ...insert, observedAt: "yesterday" },
  "a month that is none": { ...insert, observedAt: "2026-13-01T00:00:00Z" },
  "a document and a pointer in one": { ...insert, oversize: { bytes: 1, hash: "0".repeat(32) } },
  "a pointer without a fingerprint": { ...insert, after: null, oversize: { bytes: 1 } },
};

function valueOf(sample: Sample): JsonObject {
  return JSON.parse(sampleRecord(sample).value) as JsonObject;
}

/** What the two documents say of values and headers, each by a validator of its dialect. */
const dialects = {
  "docs/event.schema.json": () => {
    const ajv = new Ajv2020(options);
    ajv.addSchema(JSON.parse(read("docs/event.schema.json")) as AnySchemaObject, "event");
    return { value: ajv.getSchema("event"), headers: ajv.getSchema("event#/$defs/Headers") };
  },
  "docs/asyncapi.yaml": () => {
    const ajv = new Ajv(options);
    const { components } = load(read("docs/asyncapi.yaml")) as { components: JsonObject };
    ajv.addVocabulary(["components"]);
    ajv.addSchema({ components: { schemas: components["schemas"] } }, "api");
    return {
      value: ajv.getSchema("api#/components/schemas/Event"),
      headers: ajv.getSchema("api#/components/schemas/Headers"),
    };
  },
};

describe.each(Object.entries(dialects))("the schemas of %s", (_, compile) => {
  const { value, headers } = compile();

  test.each(Object.entries(samples))("accept what is published: %s", (_, sample) => {
    const record = sampleRecord(sample);
    expect({ ok: value?.(JSON.parse(record.value)), errors: value?.errors }).toEqual({
      ok: true,
      errors: null,
    });
    expect({ ok: headers?.(record.headers), errors: headers?.errors }).toEqual({ ok: true, errors: null });
  });

  test("accept members and headers that a newer Tidemark adds", () => {
    expect(value?.({ ...insert, reason: "remapped", after: { ...account, locale: "sv" } })).toBe(true);
    expect(headers?.({ ...sampleRecord({ op: "inserted", version: 1 }).headers, traceparent: "00" })).toBe(
      true,
    );
  });

  test.each(Object.entries(faulty))("refuse, as the code does: %s", (_, broken) => {
    expect(value?.(broken)).toBe(false);
    expect(eventSchema.safeParse(broken).success).toBe(false);
  });

  test.each([
    ["ce_type", "tidemark.account.inserted.v2"],
    ["ce_specversion", "0.3"],
    ["tidemark-seq", "1.5"],
    ["tidemark-hash", "abc"],
    ["tidemark-replay", ""],
  ])("refuse a header %s of %j", (name, text) => {
    const record = sampleRecord({ op: "inserted", version: 1 });
    expect(headers?.({ ...record.headers, [name]: text })).toBe(false);
  });
});

test("the AsyncAPI document is one, by AsyncAPI's own schema, and its references lead somewhere", () => {
  // AsyncAPI's schema brings the meta schema of draft-07 along.
  const ajv = new Ajv({ strict: false, validateFormats: false, meta: false, validateSchema: false });
  const document = load(read("docs/asyncapi.yaml")) as JsonObject;
  const isValid = ajv.compile(asyncApiSchema);
  expect({ ok: isValid(document), errors: isValid.errors }).toEqual({ ok: true, errors: null });
  expect(isValid({ ...document, channels: { accounts: { adress: "typo" } } })).toBe(false);

  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(
    ([, path = ""]) => path,
  );
  expect(references.length).toBeGreaterThan(10);
  for (const path of references) {
    const target = path.split("/").reduce<unknown>((node, name) => (node as JsonObject)[name], document);
    expect(target, path).toBeTypeOf("object");
  }
});
