import { z } from "zod";
import type { JsonValue } from "./json.ts";

/** Decimal text: 64 bits do not fit a number. */
const decimal = z.string().regex(/^\d+$/, "must be a decimal number");
const instant = z.iso.datetime({ offset: true });
const text = z.string().nullable();
const fingerprint = z.string().regex(/^[0-9a-f]{32}$/, "must be 32 hex digits");
/** JSON text holds nothing else. */
const jsonValue = z.unknown() as z.ZodType<JsonValue>;

/** Descriptions and ids are those of the published JSON Schema (`docs/event.schema.json`). */
const documentSchema = z
  .looseObject({
    id: z.string().min(1).describe("The upstream's stable key."),
    userName: text,
    displayName: text,
    givenName: text,
    familyName: text,
    email: text,
    status: z.enum(["active", "inactive", "suspended", "pending", "deleted", "unknown"]),
    kind: z.enum(["person", "service", "unknown"]),
    createdAt: text.describe("Upstream time, ISO-8601 UTC, or null."),
    updatedAt: text.describe("Upstream time, ISO-8601 UTC, or null."),
    attributes: z.record(z.string(), jsonValue).describe("The upstream's own members; none of them is null."),
  })
  .meta({ id: "Account", description: "The account as every consumer sees it, whatever its upstream is." });

const always = {
  source: z.string().min(1).describe("The configured feed it comes from; never changes, holds no slash."),
  connector: z.string().min(1).describe("The kind of upstream."),
  accountId: z.string().min(1).describe("The upstream's stable key."),
  version: z.int().positive().describe("1, 2, 3 … per account, without gaps."),
  changed: z
    .array(z.string())
    .describe("Paths of the members that differ between `before` and `after`, such as `attributes.team`."),
  upstreamTime: text.describe("When the upstream says it changed, ISO-8601 UTC, or null."),
  observedAt: instant.describe("When Tidemark saw it."),
};

const whole = { ...always, oversize: z.never().optional() };

/** An event with its documents. Members that are not known here are kept: newer events may have more. */
export const wholeEventSchema = z.discriminatedUnion("op", [
  z
    .looseObject({ op: z.literal("inserted"), ...whole, before: z.null(), after: documentSchema })
    .meta({ id: "Inserted", description: "An account that did not live before: new, or back again." }),
  z
    .looseObject({ op: z.literal("updated"), ...whole, before: documentSchema, after: documentSchema })
    .meta({ id: "Updated", description: "An account that differs from what was last known of it." }),
  z
    .looseObject({ op: z.literal("deleted"), ...whole, before: documentSchema, after: z.null() })
    .meta({ id: "Deleted", description: "An account that is gone; `before` is the last that was known." }),
  z.looseObject({ op: z.literal("snapshot"), ...whole, before: z.null(), after: documentSchema }).meta({
    id: "Snapshot",
    description: "No change: an account as it is in this version, published again because a person asked.",
  }),
]);

/** What is published in place of an event that its topic does not take: all but the documents, and of many changed paths their first members only. */
export const pointerSchema = z
  .looseObject({
    op: z.enum(["inserted", "updated", "deleted", "snapshot"]),
    ...always,
    before: z.null(),
    after: z.null(),
    oversize: z.object({
      bytes: z.int().positive().describe("Size of the whole event's value."),
      hash: fingerprint.describe("Fingerprint of the account after the change, as in the headers."),
    }),
  })
  .meta({
    id: "Pointer",
    description: "In place of an event that is larger than its topic takes: all of it but the documents.",
  });

/** The value of an event record: the public contract, version 1. `oversize` tells a pointer from a whole event. */
export const eventSchema = z.union([wholeEventSchema, pointerSchema]).meta({
  id: "Event",
  description: "The value of a record. `oversize` tells a pointer from a whole event.",
});

/** The headers of an event record and of the tombstone that follows a delete: CloudEvents 1.0 in binary mode, and Tidemark's own. */
export const headersSchema = z
  .looseObject({
    ce_specversion: z.literal("1.0"),
    ce_id: z.string().describe("Key and version: the same however often an event is published."),
    ce_type: z.string().regex(/^tidemark\.account\.[a-z]+\.v1$/, "must be tidemark.account.<op>.v1"),
    ce_source: z
      .string()
      .regex(/^\/tidemark\/./, "must be /tidemark/<source>")
      .describe("`/tidemark/` and the source."),
    ce_subject: z.string().min(1).describe("The account's id."),
    ce_time: instant.describe("When Tidemark saw the change."),
    "content-type": z.literal("application/json"),
    "tidemark-shard": z.string().regex(/^\d{1,4}$/, "must be a shard's number"),
    "tidemark-seq": decimal.describe("The journal number: unique and rising within a shard."),
    "tidemark-batch": decimal.describe("Marks the events that were committed together."),
    "tidemark-hash": fingerprint.describe("Fingerprint of the account after the change."),
    "tidemark-oversize": decimal
      .optional()
      .describe("Only on pointers: the size of the event in whose place they are."),
    "tidemark-replay": z
      .string()
      .min(1)
      .optional()
      .describe("Only on what is published again: `<replay>`, or `<replay>/<shard>:<seq>` of the original."),
  })
  .meta({ id: "Headers", description: "All headers, as text." });

/** A checked event. */
export type AccountEvent = z.infer<typeof eventSchema>;

/** Checked headers, as text. */
export type EventHeaders = z.infer<typeof headersSchema>;
