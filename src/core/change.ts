/** What the core decided about one account. */
export type Op = "inserted" | "updated" | "deleted" | "snapshot";

/** The last known state of one account. */
export interface KnownAccount {
  id: string;
  /** 1, 2, 3 …: the number of its newest event. */
  version: number;
  /** Fingerprint of the document, 32 hex digits. */
  hash: string;
  /** Canonical JSON text; null once it is deleted. */
  document: string | null;
}

/** The state of one account after a page. */
export interface AccountWrite {
  id: string;
  version: number;
  hash: string;
  /** Canonical JSON text, or null for a deleted account: its row and version stay. */
  document: string | null;
}

/** One event on its way into the journal; its number is given by the commit. */
export interface JournalEntry {
  accountId: string;
  version: number;
  op: Op;
  topic: string;
  /** `<source>/<account id>`: the Kafka key. */
  key: string;
  /** The bytes that will be published, as text. */
  value: string;
  /** Fingerprint after the change, 32 hex digits. */
  hash: string;
  /** When Tidemark saw it: ISO-8601 UTC with milliseconds; becomes `ce_time`. */
  observedAt: string;
}
