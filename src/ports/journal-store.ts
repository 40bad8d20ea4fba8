import type { JournalEntry } from "../core/change.ts";

/** A journal row as the publisher reads it: an entry with its number. */
export interface JournalRow extends JournalEntry {
  seq: string;
  batchNonce: string;
}

/** A journal row without the event itself. */
export type JournalFacts = Omit<JournalRow, "value">;

/** What Postgres knows of a shard's publication: the anchor of the start-up check. */
export interface ShardAnchor {
  /** Highest number given so far; "0" before the first. */
  lastSeq: string;
  /** Highest number known to be in Kafka; "0" before the first. */
  publishedSeq: string;
  /** Nonce of the row with that number; null before the first. */
  publishedNonce: string | null;
  seeded: boolean;
}

export interface JournalStore {
  /** What is known of one row without its value, which may be large; null when it is not there (any more). */
  journalRow(shard: number, seq: string): Promise<JournalFacts | null>;
  /** Rows from number `from` on, in order, at most `limit` rows and about `maxBytes` of values (at least one row). */
  nextJournal(read: { shard: number; from: string; limit: number; maxBytes: number }): Promise<JournalRow[]>;
  /** The topics of the rows from number `from` on, sorted: replays also write for topics that no source has. */
  journalTopics(shard: number, from: string): Promise<string[]>;
  shardAnchor(shard: number): Promise<ShardAnchor>;
  /** Records what is in Kafka, always after Kafka's commit; fenced. @returns false when the term is lost, or when the number was never given here (the database went back). */
  recordPublished(published: {
    shard: number;
    term: string;
    seq: string;
    nonce: string | null;
  }): Promise<boolean>;
}
