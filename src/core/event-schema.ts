import { z } from "zod";

/** Decimal text: 64 bits do not fit a number. */
const decimal = z.string().regex(/^\d+$/, "must be a decimal number");
const instant = z.iso.datetime({ offset: true });
const text = z.string().nullable();
const fingerprint = z.string().regex(/^[0-9a-f]{32}$/, "must be 32 hex digits");

/** The account as every consumer sees it. Members that are not known here are kept: newer events may have more. */
const documentSchema = z.looseObject({
  id: z.string().min(1),
  userName: text,
  displayName: text,
  givenName: text,
  familyName: text,
  email: text,
  status: z.enum(["active", "inactive", "suspended", "pending", "deleted", "unknown"]),
  kind: z.enum(["person", "service", "unknown"]),
  createdAt: text,
  updatedAt: text,
  attributes: z.record(z.string(), z.json()),
});

const always = {
  /** The configured feed it comes from. */
  source: z.string().min(1),
  connector: z.string().min(1),
  accountId: z.string().min(1),
  /** 1, 2, 3 … per account. */
  version: z.int().positive(),
  /** Paths of the members that differ between `before` and `after`. */
  changed: z.array(z.string()),
  /** When the upstream says it changed, or null. */
  upstreamTime: text,
  /** When Tidemark saw it. */
  observedAt: instant,
};

const whole = { ...always, oversize: z.never().optional() };

/** An event with its documents. */
export const wholeEventSchema = z.discriminatedUnion("op", [
  z.looseObject({ op: z.literal("inserted"), ...whole, before: z.null(), after: documentSchema }),
  z.looseObject({ op: z.literal("updated"), ...whole, before: documentSchema, after: documentSchema }),
  z.looseObject({ op: z.literal("deleted"), ...whole, before: documentSchema, after: z.null() }),
  z.looseObject({ op: z.literal("snapshot"), ...whole, before: z.null(), after: documentSchema }),
]);

/** What is published in place of an event that its topic does not take: all but the documents, and of many changed paths their first members only. */
export const pointerSchema = z.looseObject({
  op: z.enum(["inserted", "updated", "deleted", "snapshot"]),
  ...always,
  before: z.null(),
  after: z.null(),
  oversize: z.object({
    /** Size of the whole event's value. */
    bytes: z.int().positive(),
    /** Fingerprint of the account after the change, as in the headers. */
    hash: fingerprint,
  }),
});

/** The value of an event record: the public contract, version 1. `oversize` tells a pointer from a whole event. */
export const eventSchema = z.union([wholeEventSchema, pointerSchema]);

/** The headers of an event record and of the tombstone that follows a delete: CloudEvents 1.0 in binary mode, and Tidemark's own. */
export const headersSchema = z.looseObject({
  ce_specversion: z.literal("1.0"),
  /** Key and version: the same however often an event is published. */
  ce_id: z.string(),
  ce_type: z.string().regex(/^tidemark\.account\.[a-z]+\.v1$/, "must be tidemark.account.<op>.v1"),
  ce_source: z.string().startsWith("/tidemark/"),
  /** The account's id. */
  ce_subject: z.string().min(1),
  ce_time: instant,
  "content-type": z.literal("application/json"),
  "tidemark-shard": z.string().regex(/^\d{1,4}$/, "must be a shard's number"),
  /** The journal number: unique and rising within a shard. */
  "tidemark-seq": decimal,
  /** Marks the events that were committed together. */
  "tidemark-batch": decimal,
  /** Fingerprint of the account after the change. */
  "tidemark-hash": fingerprint,
  /** Only on pointers: the size of the event in whose place they are. */
  "tidemark-oversize": decimal.optional(),
  /** Only on replays: which one. */
  "tidemark-replay": z.string().min(1).optional(),
});

/** A checked event. */
export type AccountEvent = z.infer<typeof eventSchema>;

/** Checked headers, as text. */
export type EventHeaders = z.infer<typeof headersSchema>;
