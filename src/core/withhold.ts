import type { PageDiff } from "./diff.ts";
import type { FingerprintedObservation } from "./fingerprint.ts";

/** A page whose deletes wait for a person. */
export interface Withheld {
  /** Accounts that the page would leave deleted, each once. */
  ids: string[];
  /** What remains of its observations: compared again, they give the page without its deletes. */
  observations: FingerprintedObservation[];
}

/**
 * Takes the deletes out of a page. Dropping their entries would not do: an account that is deleted and inserted again within the page
 * would be inserted twice. Without what said that it is gone it was never away.
 */
export function withhold(
  { entries }: Pick<PageDiff, "entries">,
  observations: readonly FingerprintedObservation[],
): Withheld {
  const deleted = new Set(entries.filter(({ op }) => op === "deleted").map(({ accountId }) => accountId));
  const newest = new Map(entries.map(({ accountId, op }) => [accountId, op]));
  return {
    ids: [...deleted].filter((id) => newest.get(id) === "deleted"),
    observations: observations.filter((one) => !("gone" in one && deleted.has(one.id))),
  };
}
