/** What the core decided about one account. */
export type Op = "inserted" | "updated" | "deleted" | "snapshot";

/** The state of one account. */
export interface AccountState {
  id: string;
  /** 1, 2, 3 …: the number of its newest event. */
  version: number;
  /** Fingerprint of the document (of the last one, once it is deleted), 32 hex digits. */
  hash: string;
  /** Canonical JSON text, or null for a deleted account: its row and version stay. */
  document: string | null;
}

/** An account that is asked about. A document that is not needed does not travel. */
export interface AskedAccount {
  id: string;
  /** The document is wanted unless this is its fingerprint; null: it is not wanted at all. */
  unlessHash: string | null;
}

/** The last known state of one account. */
export interface KnownAccount extends Omit<AccountState, "document"> {
  /** Canonical JSON text; null once it is deleted, undefined when it lives and the text was not wanted. */
  document: string | null | undefined;
}

/** An event as the journal holds it. */
export interface JournalEntry extends EventFacts {
  /** The bytes that are published, as text. */
  value: string;
}

/**
 * An event on its way into the journal; its number is given by the commit. The bytes that will be published are `head`, the document (or
 * `null`) and `tail`, in pieces, because the document is the account's state after the event, too, and is sent to the database once.
 */
export interface NewEntry extends EventFacts {
  head: string;
  /** Canonical JSON text; null when the account is deleted. */
  document: string | null;
  tail: string;
}

/** Whether it was taken from the journal, where it stands under another number, too: it was observed long before it is published. */
export function isCopy({ replay }: Pick<EventFacts, "replay">): boolean {
  return typeof replay?.originSeq === "string";
}

interface EventFacts {
  accountId: string;
  version: number;
  op: Op;
  topic: string;
  /** `<source>/<account id>`: the Kafka key. */
  key: string;
  /** Fingerprint after the change, 32 hex digits. */
  hash: string;
  /** When Tidemark saw it: ISO-8601 UTC with milliseconds; becomes `ce_time`. */
  observedAt: string;
  /** Only of what is published again: by which replay, and under which number of the same shard it stood first (null: it is a snapshot). */
  replay?: { id: string; originSeq: string | null };
}
