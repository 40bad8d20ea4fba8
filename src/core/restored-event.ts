import { accountDocument } from "./account.ts";
import { canonicalJson } from "./canonical-json.ts";
import type { AccountState, JournalEntry } from "./change.ts";
import { eventSchema, headersSchema } from "./event-schema.ts";
import { fingerprint } from "./fingerprint.ts";
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
  /** The account's state after the event; null when it was published again, which tells nothing of the account by then. */
  account: AccountState | null;
}

/** Of an account whose document is not known. Equals no document's, so that the next observation is an update. */
export const noFingerprint = "0".repeat(32);

/**
 * The journal row and the account that a published event was made from, byte for byte. Of an account whose event is only a pointer no more is
 * known than that it lives: its document has nothing but its id.
 * @throws Error when the record is no event of ours.
 */
export function restoredEvent({ topic, key, value, headers }: ReadRecord): RestoredEvent {
  const event = eventSchema.parse(JSON.parse(value));
  const header = headersSchema.parse(headers);
  const { accountId, version, op } = event;
  const hash = header["tidemark-hash"];
  const isUnknown = event.oversize !== undefined && op !== "deleted";
  const replay = replayIn(header["tidemark-replay"]);
  const account = isUnknown
    ? { hash: noFingerprint, document: fingerprint(accountDocument({ id: accountId }, {}), []).text }
    : { hash, document: documentIn(value, "after") };
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
      ...(replay === null ? {} : { replay }),
    },
    account: replay === null ? { id: accountId, version, ...account } : null,
  };
}

/** @see eventHeaders */
function replayIn(header: string | undefined): NonNullable<JournalEntry["replay"]> | null {
  if (header === undefined) return null;
  const { id, originSeq = null } = /^(?<id>\d+)(?:\/\d+:(?<originSeq>\d+))?$/.exec(header)?.groups ?? {};
  if (id === undefined) throw new Error(`${header} names no replay`);
  return { id, originSeq };
}

/** A document in an event's value, as the text it was copied from. */
export function documentIn(value: string, member: "before" | "after"): string | null {
  const document = (JSON.parse(value) as { [name: string]: JsonValue })[member];
  return document === null || document === undefined ? null : canonicalJson(document);
}
