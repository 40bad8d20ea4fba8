import type { AccountState, JournalEntry } from "../core/change.ts";
import type { JournalRow } from "./journal-store.ts";
import type { Lease } from "./lease-store.ts";

/** An event with the number and the nonce that it has in Kafka, or is going to have. */
export interface NumberedEntry extends JournalEntry {
  sourceId: number;
  seq: string;
  batchNonce: string;
}

/** What can be done while a shard's journal is written anew; it commits as a whole when `restoreShard` returns, or not at all. */
export interface ShardRestore {
  /** Takes the rows after number `after` out of the journal, published or not. @returns them in order. */
  takeOut(after: string): Promise<(JournalRow & { sourceId: number })[]>;
  /** The state of these accounts as it is by now. */
  knownAccounts(sourceId: number, ids: readonly string[]): Promise<AccountState[]>;
  /** Adds journal rows under their own numbers. */
  putEntries(entries: readonly NumberedEntry[]): Promise<void>;
  /** Replaces the states of accounts, whatever they were; version 0 forgets one. */
  putAccounts(sourceId: number, accounts: readonly AccountState[]): Promise<void>;
  /** Comes last: sets the shard's numbers under its term, counts the accounts of its sources anew, and makes their sweeps due. */
  finish(numbers: RestoredNumbers): Promise<void>;
}

/** Where a shard stands when it was restored. */
export interface RestoredNumbers {
  lastSeq: string;
  publishedSeq: string;
  publishedNonce: string | null;
  /** When the first of the events that came back was observed; null when none did. Cursors that have moved since begin anew. */
  firstLostAt: string | null;
}

/** What only `tidemark repair` needs. */
export interface RepairStore {
  /** Takes one shard if it is free or its lease has run out; null while somebody else owns it. */
  takeShard(wanted: { shard: number; workerId: string; ttlMs: number }): Promise<Lease | null>;
  /**
   * Rewrites the journal and the accounts of a shard as one transaction, which holds only if the term does to the end.
   * @returns false when the term is lost; nothing was done then. @throws what `work` throws; nothing was done then either.
   */
  restoreShard(lease: Lease, work: (restore: ShardRestore) => Promise<void>): Promise<boolean>;
}
