import type { NewEntry } from "./change.ts";
import type { DiffedSource } from "./diff.ts";
import { journalEntry } from "./event.ts";

/** A living account as it is known. */
export interface SnapshotAccount {
  id: string;
  /** Of its newest event, which a snapshot repeats. */
  version: number;
  /** Fingerprint of the document, 32 hex digits. */
  hash: string;
  /** Canonical JSON text. */
  document: string;
  /** When the upstream says it changed: ISO-8601 UTC, or null. */
  upstreamTime: string | null;
}

/**
 * The event that tells an account's state without a change of it. It leaves the account and its version as they are.
 * @param told At which moment (ISO-8601 UTC with milliseconds), and by which replay.
 */
export function snapshotEntry(
  source: Omit<DiffedSource, "volatile">,
  { id, version, hash, document, upstreamTime }: SnapshotAccount,
  told: { observedAt: string; replay: string },
): NewEntry {
  const { name, connector, topic } = source;
  const entry = journalEntry({
    op: "snapshot",
    source: name,
    connector,
    topic,
    accountId: id,
    version,
    before: null,
    after: document,
    changed: [],
    upstreamTime,
    observedAt: told.observedAt,
    hash,
  });
  return { ...entry, replay: { id: told.replay, originSeq: null } };
}
