import type { RejectedItem } from "../core/account.ts";
import type { AccountState, AskedAccount, KnownAccount, NewEntry } from "../core/change.ts";
import type { Activity } from "../core/guard.ts";
import type { HeldChange } from "../core/held-change.ts";
import type { JsonValue } from "../core/json.ts";
import type { Turn } from "../core/schedule.ts";
import type { HoldReason } from "./hold-store.ts";
import type { StoredSlice } from "./privacy-store.ts";
import type { OpenSweep } from "./source-store.ts";

/** What a pass has counted so far. */
export interface PassCounts {
  pages: number;
  observed: number;
  inserted: number;
  updated: number;
  deleted: number;
  unchanged: number;
  quarantined: number;
}

/** What belongs to the step that ends a pass. */
export interface FinishedPass {
  kind: "poll" | "sweep" | "look-back";
  /** Milliseconds from now until this kind of pass is due again. */
  nextInMs: number;
  /** How long the pass took. */
  tookMs: number;
  counts: PassCounts;
}

/** Everything that one page changes; it commits whole or not at all. */
export interface CommitStep {
  shard: number;
  term: string;
  sourceId: number;
  /** What kind of pass it belongs to. */
  kind: Turn;
  /** The revision this step was decided from. */
  revision: string;
  /** undefined leaves the cursor alone (sweep pages). */
  cursor?: JsonValue;
  /** The version of the cursors that the connector writes. */
  cursorVersion: number;
  /** In order; may hold several per account. The last one of each account is the account's state afterwards, too. */
  entries: readonly NewEntry[];
  /** Marks the entries of one commit in journal and topic, and becomes the source's revision; 62 random bits as decimal text. */
  batchNonce: string;
  rejected: readonly RejectedItem[];
  /** Accounts whose items leave the quarantine; none of them is in `rejected`. */
  understood?: readonly string[];
  /** Accounts that were looked up because a redrive was asked for: what does not leave waits no longer. */
  redriven?: readonly string[];
  /** Replaces the source's counters. */
  population: number;
  activity: Activity;
  /** While a sweep is open: every id this page observed, or has an item of, each once. When that sweep is not open any more the step is stale. */
  seen?: { passId: string; ids: readonly string[]; position?: JsonValue };
  /**
   * Changes that wait for a person, each account once: they join the newest hold of the reason that still waits and has accounts, or open one. What
   * was on hold already moves there.
   */
  holds?: readonly PageHold[];
  /** Newer documents of accounts that stay in their holds. */
  renewed?: readonly HeldChange[];
  /** Accounts that leave their holds; none of them is in `holds` or `renewed`. */
  released?: readonly string[];
  /** Replaces what is known of the shape of the source's documents. */
  shape?: JsonValue;
  /** Leaves a checkpoint with the cursor as it is after this step; its reason is the pass that ends. */
  leavesCheckpoint?: boolean;
  /** Advances a replay of this source; its entries are those with `replay`, which leave the accounts as they are. When it does not run any more the step is stale. */
  replay?: { id: string; position: JsonValue; done: number; hasEnded: boolean };
  finished?: FinishedPass;
}

/** What goes on hold for one reason. */
export interface PageHold {
  reason: HoldReason;
  /** One sentence with the numbers of the moment. */
  detail: string;
  changes: readonly HeldChange[];
}

/** What became of a commit: nothing is ever half applied. */
export type CommitOutcome =
  /** `firstSeq` is the number of the first entry (of the next one, when there was none). */
  | { kind: "committed"; firstSeq: string; revision: string }
  /** The shard has another owner by now. */
  | { kind: "term-lost" }
  /** The source is not in the revision that was read. */
  | { kind: "stale" };

/** A pass, or the carrying out of a hold or a redrive, that did not reach its end. */
export interface FailedPass {
  shard: number;
  term: string;
  sourceId: number;
  kind: Turn;
  /** Halts the source instead of trying again. */
  halt: boolean;
  code: string;
  message: string;
  retryInMs: number;
  tookMs: number;
  counts: PassCounts;
  /** Ends the open sweep as incomplete: its staging is discarded and the next one starts anew. */
  abandonSweep: boolean;
}

/** A sweep that ends without a verdict because the upstream offers none. */
export interface LeftSweep {
  shard: number;
  term: string;
  sourceId: number;
  why: string;
  /** Milliseconds until it is tried again. */
  nextInMs: number;
  counts: PassCounts;
}

/** The state of an account that is not deleted. */
export interface LivingAccount extends AccountState {
  document: string;
}

export interface PassStore {
  /** The last known state of those of these accounts (each id once) that are known, deleted ones included. */
  knownAccounts(sourceId: number, asked: readonly AskedAccount[]): Promise<KnownAccount[]>;
  /** Living accounts with their documents, by id. */
  livingAccounts(slice: StoredSlice): Promise<LivingAccount[]>;
  /** One statement: accounts, journal, cursor, revision, counters, staging and schedule, fenced by term and revision. */
  commit(step: CommitStep): Promise<CommitOutcome>;
  /** Opens a sweep, or gives the one that is open already (the outcome of an earlier call may have been lost). @returns null when the term is lost. */
  openSweep(start: { shard: number; term: string; sourceId: number }): Promise<OpenSweep | null>;
  /** Ids really staged for a sweep. */
  countSeen(passId: string): Promise<number>;
  /** How many living accounts this sweep has not seen, those on hold aside. */
  countAbsent(sourceId: number, passId: string): Promise<number>;
  /** Living accounts that this sweep has not seen and that are not on hold, by id, after `after` (null: from the start). */
  absentAccounts(slice: {
    sourceId: number;
    passId: string;
    after: string | null;
    limit: number;
  }): Promise<string[]>;
  /**
   * Accounts whose approved deletes wait and which this sweep has not seen either, by id, after `after` (null: from the start); none when a crash has
   * emptied its staging.
   */
  approvedAbsent(slice: {
    sourceId: number;
    passId: string;
    after: string | null;
    limit: number;
  }): Promise<string[]>;
  /**
   * Records a failure with its back-off or halt. It renews the source's revision, so that a commit of the failed pass whose outcome
   * was lost cannot arrive afterwards: read the source again.
   * @returns false when the term is lost.
   */
  failPass(failed: FailedPass): Promise<boolean>;
  /** Ends the open sweep as not offered, which is no failure, and discards its staging. @returns false when the term is lost. */
  leaveSweep(left: LeftSweep): Promise<boolean>;
  /** Forgets the history of passes that ended longer ago. @returns how many. */
  prunePasses(olderThanDays: number): Promise<number>;
}
