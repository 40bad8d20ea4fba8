import type { JsonValue } from "../core/json.ts";
import type { Fence } from "./fence.ts";
import type { CommitOutcome } from "./pass-store.ts";

/** A document as it is stored: of a living account, or on hold. */
export interface StoredDocument {
  id: string;
  /** Canonical JSON text. */
  document: string;
}

/** What takes its place. */
export interface RewrittenDocument extends StoredDocument {
  /** Fingerprint, 32 hex digits. */
  hash: string;
}

/** What takes the place of an item in quarantine. */
export interface RewrittenItem {
  id: string;
  raw: JsonValue;
}

/** Part of what is stored of a source, under other privacy rules. */
export interface Rewrite extends Fence {
  accounts: readonly RewrittenDocument[];
  /** Documents of accounts on hold; `upstreamTime` as in `HeldDocument`. */
  held: readonly (RewrittenDocument & { upstreamTime: string | null })[];
  items: readonly RewrittenItem[];
  /**
   * With the last part: the fingerprint of the rules (null: none) that everything is stored under from now on. What was learned of the shape of
   * the source's documents is forgotten along with it.
   */
  applied?: string | null;
}

/** Which of them are read at once: those after an id (null: from the start); the first of them whatever its size. */
export interface StoredSlice {
  sourceId: number;
  after: string | null;
  limit: number;
  maxBytes: number;
}

/** Everything that is stored of a source's accounts, slice by slice, and what becomes of it when privacy rules change. */
export interface PrivacyStore {
  /** Documents of living accounts, by id. */
  storedDocuments(slice: StoredSlice): Promise<StoredDocument[]>;
  /** The same of documents on hold. */
  heldDocuments(slice: StoredSlice): Promise<StoredDocument[]>;
  /** Items in quarantine, by their number. */
  quarantinedRaws(slice: StoredSlice): Promise<RewrittenItem[]>;
  /** One statement, fenced by term and revision; versions stay, and nothing is journalled. */
  rewriteStored(
    rewrite: Rewrite,
  ): Promise<{ kind: "rewritten" } | Exclude<CommitOutcome, { kind: "committed" }>>;
}
