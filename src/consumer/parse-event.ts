import type { z } from "zod";
import {
  type AccountEvent,
  type EventHeaders,
  headersSchema,
  pointerSchema,
  wholeEventSchema,
} from "../core/event-schema.ts";

type Bytes = Uint8Array | string;

/** A record as any Kafka client gives it: bytes or text. Of a repeated header the last one counts. */
export interface KafkaRecord {
  key: Bytes | null;
  value: Bytes | null;
  headers?: Readonly<Record<string, Bytes | readonly Bytes[] | undefined>>;
}

/** By what, and of what, a record was published again. */
export interface ReplayOrigin {
  id: string;
  /** Where the event stands in the journal that is published again; null: it never stood there, as a snapshot. */
  origin: { shard: number; seq: string } | null;
}

/** What every record says about itself, beside its value. */
interface Origin {
  /** `<source>/<account id>`. */
  key: string;
  /** Of the account; a tombstone has that of its delete. */
  version: number;
  shard: number;
  /** Journal number within the shard, decimal text. */
  seq: string;
  /** Nonce of the batch it was journalled with, decimal text. */
  batch: string;
  /** Fingerprint of the account after the change, 32 hex digits. */
  hash: string;
  /** The replay it belongs to; null for the first publication. */
  replay: ReplayOrigin | null;
}

/** A record, understood. A tombstone follows the delete of its account where the topic is compacted. */
export type ParsedRecord =
  (Origin & { kind: "event"; event: AccountEvent }) | (Origin & { kind: "tombstone" });

/** A record that is not what the contract says. */
export class InvalidEventError extends Error {
  /** Everything that is wrong, one line each. */
  readonly faults: readonly string[];

  constructor(key: string | null, faults: readonly string[]) {
    super(`record ${key ?? "without a key"} is not a Tidemark event: ${faults.join("; ")}`);
    this.name = "InvalidEventError";
    this.faults = faults;
  }
}

/**
 * Understands one record of a Tidemark topic and checks it: shape, headers, and that both tell of the same account, version
 * and operation.
 *
 * @throws InvalidEventError with every fault.
 */
export function parseEvent(record: KafkaRecord): ParsedRecord {
  const faults: string[] = [];
  const key = record.key === null ? null : textOf(record.key, "the key", faults);
  const headers = check(headersSchema, headerTexts(record.headers ?? {}, faults), "header ", faults);
  const value = record.value === null ? undefined : jsonOf(record.value, faults);
  const event = check<AccountEvent>(schemaOf(value), value, "", faults);

  if (key === null) faults.push("the key is missing");
  if (key === null || headers === null || faults.length > 0) throw new InvalidEventError(key, faults);
  faults.push(...contradictions(key, headers, event));
  if (faults.length > 0) throw new InvalidEventError(key, faults);

  const origin: Origin = {
    key,
    version: event?.version ?? Number(headers.ce_id.slice(key.length + 1)),
    shard: Number(headers["tidemark-shard"]),
    seq: headers["tidemark-seq"],
    batch: headers["tidemark-batch"],
    hash: headers["tidemark-hash"],
    replay: replayOf(headers["tidemark-replay"]),
  };
  return event === null ? { ...origin, kind: "tombstone" } : { ...origin, kind: "event", event };
}

/** Of a form that this version does not know, all of it is the id. */
function replayOf(header: string | undefined): ReplayOrigin | null {
  if (header === undefined) return null;
  const { id = header, shard, seq } = /^(?<id>.+)\/(?<shard>\d{1,4}):(?<seq>\d+)$/.exec(header)?.groups ?? {};
  return { id, origin: shard === undefined || seq === undefined ? null : { shard: Number(shard), seq } };
}

/** Asked of the right one of the two, the schema says what is wrong. */
function schemaOf(value: unknown): z.ZodType<AccountEvent> {
  const isPointer = typeof value === "object" && value !== null && "oversize" in value;
  return isPointer ? pointerSchema : wholeEventSchema;
}

function contradictions(key: string, headers: EventHeaders, event: AccountEvent | null): string[] {
  const faults: string[] = [];
  const expect = (name: string, found: string, expected: string) => {
    if (found !== expected) faults.push(`${name} is ${found} instead of ${expected}`);
  };
  expect("header ce_type", headers.ce_type, `tidemark.account.${event?.op ?? "deleted"}.v1`);
  if (event === null) {
    expect("the key", key, `${headers.ce_source.slice("/tidemark/".length)}/${headers.ce_subject}`);
    const version = /\/(\d+)$/.exec(headers.ce_id)?.[1] ?? "<version>";
    expect("header ce_id", headers.ce_id, `${key}/${version}`);
    return faults;
  }
  expect("the key", key, `${event.source}/${event.accountId}`);
  expect("header ce_id", headers.ce_id, `${key}/${event.version}`);
  expect("header ce_source", headers.ce_source, `/tidemark/${event.source}`);
  expect("header ce_subject", headers.ce_subject, event.accountId);
  const { bytes = "absent", hash = headers["tidemark-hash"] } = event.oversize ?? {};
  expect("header tidemark-oversize", headers["tidemark-oversize"] ?? "absent", String(bytes));
  expect("oversize.hash", hash, headers["tidemark-hash"]);
  return faults;
}

function headerTexts(headers: NonNullable<KafkaRecord["headers"]>, faults: string[]): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [name, given] of Object.entries(headers)) {
    const last = Array.isArray(given) ? (given as readonly Bytes[]).at(-1) : (given as Bytes | undefined);
    const text = last === undefined ? null : textOf(last, `header ${name}`, faults);
    if (text !== null) texts[name] = text;
  }
  return texts;
}

function jsonOf(value: Bytes, faults: string[]): unknown {
  const text = textOf(value, "the value", faults);
  if (text === null) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    faults.push("the value is not JSON");
    return undefined;
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function textOf(bytes: Bytes, what: string, faults: string[]): string | null {
  if (typeof bytes === "string") return bytes;
  try {
    return utf8.decode(bytes);
  } catch {
    faults.push(`${what} is not UTF-8`);
    return null;
  }
}

function check<T>(schema: z.ZodType<T>, value: unknown, prefix: string, faults: string[]): T | null {
  if (value === undefined) return null;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  faults.push(
    ...result.error.issues.map(({ path, message }) => `${prefix}${path.join(".") || "value"}: ${message}`),
  );
  return null;
}
