import type { HeldChange } from "../core/held-change.ts";
import type { Fence } from "./fence.ts";
import type { CommitOutcome } from "./pass-store.ts";

/**
 * Why changes wait for a person: there are too many deletes, a sweep saw nothing of a source that has accounts, there are too many inserts, or
 * documents have members or types that the source's accounts never had.
 */
export type HoldReason = "too-many-deletes" | "empty-sweep" | "too-many-inserts" | "schema-drift";

/** Changes of one source that wait, were licensed, or were refused. */
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

/** An account in a hold, with the document that waits, or else its last known one, as canonical JSON text. */
export interface HeldAccount {
  id: string;
  document: string | null;
}

/** In which kind of hold an account is. */
export interface AccountOnHold {
  id: string;
  reason: HoldReason;
  state: Hold["state"];
  /** Fingerprint of the document that waits; null for a delete. */
  hash: string | null;
}

/** Everything that a sweep has not seen goes on hold. */
export interface HoldAbsent extends Fence {
  passId: string;
  reason: HoldReason;
  detail: string;
}

/** A complete sweep has ended: documents of accounts that it has not seen wait no longer. */
export type ForgottenUnseen = Fence & Pick<HoldAbsent, "passId">;

/** Changes on hold. An account is in at most one hold; a hold is settled when no account is left in it. */
export interface HoldStore {
  /** Holds that have accounts, oldest first. */
  holds(): Promise<Hold[]>;
  /** One hold, settled or not, and the first of its accounts by id; null when there is none with this id. */
  hold(id: string, limit: number): Promise<(Hold & { first: HeldAccount[] }) | null>;
  /** Those of these accounts that are in a hold. */
  heldAmong(sourceId: number, ids: readonly string[]): Promise<AccountOnHold[]>;
  /** What is in approved holds, by id, after `after` (null: from the start). */
  approvedAccounts(slice: { sourceId: number; after: string | null; limit: number }): Promise<HeldChange[]>;
  /**
   * Opens a hold for every living account that the open sweep has not seen and whose delete is in no hold yet: one statement, fenced by term and
   * revision. A document of such an account that waits gives way to the delete.
   * @returns `stale` also when a crash has emptied the sweep's staging; `held` says how many accounts went on hold.
   */
  holdAbsent(
    absent: HoldAbsent,
  ): Promise<{ kind: "held"; held: number } | Exclude<CommitOutcome, { kind: "committed" }>>;
  /**
   * Takes the documents of accounts that neither live nor were seen by the open sweep out of their holds, if that sweep saw anything at all.
   * @returns how many; `stale` and `term-lost` as `holdAbsent`.
   */
  forgetUnseen(
    unseen: ForgottenUnseen,
  ): Promise<{ kind: "forgotten"; forgotten: number } | Exclude<CommitOutcome, { kind: "committed" }>>;
}
