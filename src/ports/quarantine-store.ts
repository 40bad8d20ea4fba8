import type { JsonValue } from "../core/json.ts";
import type { Turn } from "../core/schedule.ts";

/** An item that could not be understood. One that names its account is there once per account, as it was last read; any other once. */
export interface QuarantinedItem {
  id: string;
  source: string;
  /** null: it names no account, so that nothing can be looked up. */
  accountId: string | null;
  /** One sentence. */
  reason: string;
  /** How often it was read. */
  times: number;
  /** What read it last; null when that was not recorded. */
  pass: Turn | null;
  firstSeenAt: string;
  lastSeenAt: string;
  /** It was asked for, and waits for its look-up. */
  isWaiting: boolean;
  /** When it was last looked up and stayed; null: never. */
  redrivenAt: string | null;
}

/** How many of the items that an intent asked to redrive are still in quarantine, and why. */
export interface RedriveProgress {
  waiting: number;
  /** They were looked up, and could not be understood again, or the upstream could not tell. */
  stay: number;
  /** They name no account. */
  unidentified: number;
}

/** Items that could not be understood. They leave when their account is understood, or when a person discards them; never by age. */
export interface QuarantineStore {
  /** Items, newest first, and how many there are; of one source, or of all (null). */
  quarantined(wanted: {
    source: string | null;
    limit: number;
  }): Promise<{ items: QuarantinedItem[]; total: number }>;
  /** One item with what the upstream had said; null when it is not there (any more). */
  quarantinedItem(id: string): Promise<(QuarantinedItem & { raw: JsonValue }) | null>;
  /** Those of these accounts that an item in quarantine names. */
  quarantinedAmong(sourceId: number, ids: readonly string[]): Promise<string[]>;
  /** Accounts whose items wait for a look-up, by id. */
  awaitingRedrive(slice: { sourceId: number; limit: number }): Promise<string[]>;
  redriveProgress(intent: string): Promise<RedriveProgress>;
}
