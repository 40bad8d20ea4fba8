import type { ParsedRecord } from "./parse-event.ts";

/** What a consumer has applied of one account last. It stays when the account is deleted, or older records could bring it back. */
export interface Applied {
  version: number;
  /** It was only a pointer, so the account's document is still wanted. */
  isPointer?: boolean;
}

/** What a consumer should do with a record. */
export type Judgement =
  /** It is newer than what was applied: take it over, version included. */
  | { kind: "apply" }
  /** It was applied before, or something newer was: a replay, a snapshot, a re-delivery. */
  | { kind: "ignore" }
  /** It is newer, but these versions (both included) never came. Its state is whole all the same: note what is missing, then apply it. */
  | { kind: "gap"; from: number; to: number };

/**
 * Says what to do with a record, given what was last applied of its key.
 *
 * Live events count 1, 2, 3 …, so a missing one shows. Of snapshots and replays nothing is missing: they are a selection, and bring an account
 * forward wherever it stands. So are the records of a compacted topic, and tombstones, which are on no other.
 * @param applied    From the consumer's own store, written in one transaction with the account; null: nothing of this key was ever applied.
 * @param isCompacted  The broker may have removed records, so that versions only rise.
 */
export function judgeRecord(
  record: ParsedRecord,
  applied: Applied | null,
  { isCompacted = false }: { isCompacted?: boolean } = {},
): Judgement {
  const last = applied?.version ?? 0;
  const { version } = record;
  const isWanted = version === last && applied?.isPointer === true && bringsDocument(record);
  if (version <= last) return isWanted ? { kind: "apply" } : { kind: "ignore" };
  const mayBeFirst = isCompacted || record.kind === "tombstone" || isPublishedAgain(record);
  return version === last + 1 || mayBeFirst
    ? { kind: "apply" }
    : { kind: "gap", from: last + 1, to: version - 1 };
}

/** Whether it is a replay or a snapshot, and not the publication of a change. */
export function isPublishedAgain(record: ParsedRecord): boolean {
  return record.replay !== null || (record.kind === "event" && record.event.op === "snapshot");
}

function bringsDocument(record: ParsedRecord): boolean {
  return record.kind === "event" && record.event.after !== null;
}
