import type { PageDiff } from "./diff.ts";
import type { FingerprintedObservation } from "./fingerprint.ts";
import { type HeldChange, lastDocuments } from "./held-change.ts";

/** A page whose inserts or deletes wait for a person. */
export interface Withheld {
  /** What the page would leave inserted or deleted, each account once. */
  changes: HeldChange[];
  /** What remains of its observations: compared again, they give the page without those changes. */
  observations: FingerprintedObservation[];
}

/**
 * Takes the inserts, or the deletes, out of a page. Dropping their entries would not do: an account that is deleted and inserted again within the
 * page would be inserted twice. Without what said that it is gone it was never away; without its documents it is not there yet.
 */
export function withhold(
  op: "inserted" | "deleted",
  { entries }: Pick<PageDiff, "entries">,
  observations: readonly FingerprintedObservation[],
): Withheld {
  const concerned = new Set(entries.filter((entry) => entry.op === op).map(({ accountId }) => accountId));
  const newest = new Map(entries.map((entry) => [entry.accountId, entry.op]));
  const documents = op === "inserted" ? lastDocuments(observations) : new Map();
  return {
    changes: [...concerned]
      .filter((id) => (newest.get(id) === "deleted") === (op === "deleted"))
      .map((id) => ({ id, document: documents.get(id) ?? null })),
    observations: observations.filter(
      (one) => !concerned.has(one.id) || "gone" in one === (op === "inserted"),
    ),
  };
}
