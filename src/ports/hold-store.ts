import type { CommitOutcome } from "./pass-store.ts";

/** Why deletes wait for a person: there are too many of them, or a sweep saw nothing of a source that has accounts. */
export type HoldReason = "too-many-deletes" | "empty-sweep";

/** Deletes that wait, were licensed, or were refused. */
export interface Hold {
  id: string;
  source: string;
  reason: HoldReason;
  /** One sentence with the numbers of the moment at which it was opened. */
  detail: string;
  state: "waiting" | "approved" | "rejected";
  /** How many accounts are in it now; 0: it is settled. */
  accounts: number;
  openedAt: string;
  /** Who decided, when, and what they said about it; null while it waits (or when they said nothing). */
  decidedAt: string | null;
  decidedBy: string | null;
  note: string | null;
}

/** An account in a hold, with its last known document as canonical JSON text. */
export interface HeldAccount {
  id: string;
  document: string | null;
}

/** Everything that a sweep has not seen goes on hold. */
export interface HoldAbsent {
  shard: number;
  term: string;
  sourceId: number;
  /** The revision this was decided from, and the one that comes after it. */
  revision: string;
  nextRevision: string;
  passId: string;
  reason: HoldReason;
  detail: string;
}

/** Deletes on hold. An account is in at most one hold; a hold is settled when no account is left in it. */
export interface HoldStore {
  /** Holds that have accounts, oldest first. */
  holds(): Promise<Hold[]>;
  /** One hold, settled or not, and the first of its accounts by id; null when there is none with this id. */
  hold(id: string, limit: number): Promise<(Hold & { first: HeldAccount[] }) | null>;
  /** Those of these accounts that are in a hold. */
  heldAmong(sourceId: number, ids: readonly string[]): Promise<string[]>;
  /** Accounts in approved holds, by id, after `after` (null: from the start). */
  approvedAccounts(slice: { sourceId: number; after: string | null; limit: number }): Promise<string[]>;
  /**
   * Opens a hold for every living account that the open sweep has not seen and that is in no hold yet: one statement, fenced by term and revision.
   * @returns `stale` also when a crash has emptied the sweep's staging; `held` says how many accounts went on hold.
   */
  holdAbsent(
    absent: HoldAbsent,
  ): Promise<{ kind: "held"; held: number } | Exclude<CommitOutcome, { kind: "committed" }>>;
}
