import { canonicalJson } from "./canonical-json.ts";
import type { AccountState, JournalEntry } from "./change.ts";
import { eventSchema, headersSchema } from "./event-schema.ts";
import type { JsonValue } from "./json.ts";

/** A record of ours as it was read back. */
interface ReadRecord {
  topic: string;
  key: string;
  value: string;
  headers: Readonly<Record<string, string>>;
}

/** What the database held of an event before it lost it. */
export interface RestoredEvent {
  entry: JournalEntry & { seq: string; batchNonce: string };
  /** The account's state after the event. */
  account: AccountState;
}

/**
 * The journal row and the account that a published event was made from, byte for byte.
 * @throws ZodError when the record is no event of ours.
 */
export function restoredEvent({ topic, key, value, headers }: ReadRecord): RestoredEvent {
  const event = eventSchema.parse(JSON.parse(value));
  const header = headersSchema.parse(headers);
  const { accountId, version, op } = event;
  const hash = header["tidemark-hash"];
  return {
    entry: {
      accountId,
      version,
      op,
      topic,
      key,
      value,
      hash,
      observedAt: header.ce_time,
      seq: header["tidemark-seq"],
      batchNonce: header["tidemark-batch"],
    },
    account: { id: accountId, version, hash, document: documentIn(value, "after") },
  };
}

/** A document in an event's value, as the text it was copied from. */
export function documentIn(value: string, member: "before" | "after"): string | null {
  const document = (JSON.parse(value) as { [name: string]: JsonValue })[member];
  return document === null || document === undefined ? null : canonicalJson(document);
}
