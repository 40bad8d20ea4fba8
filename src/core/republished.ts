import { type AccountDocument, upstreamTimeOf } from "./account.ts";
import type { KnownAccount, NewEntry } from "./change.ts";
import type { DiffedSource } from "./diff.ts";
import type { FingerprintedObservation } from "./fingerprint.ts";
import { noFingerprint } from "./restored-event.ts";
import { snapshotEntry } from "./snapshot-entry.ts";

/**
 * The events that publish again what a page has observed without a change: of each living account that its changes leave as it was, the state that is
 * known, once. Where no more is known than that it lives, there is nothing to publish.
 * @param known With their documents.
 * @param told At which moment (ISO-8601 UTC with milliseconds), and by which replay.
 */
export function republished(
  source: Omit<DiffedSource, "volatile">,
  known: ReadonlyMap<string, KnownAccount>,
  observations: readonly FingerprintedObservation[],
  changes: readonly NewEntry[],
  told: { observedAt: string; replay: string },
): NewEntry[] {
  const ids = new Set(observations.filter((one) => !("gone" in one)).map(({ id }) => id));
  for (const { accountId } of changes) ids.delete(accountId);
  return [...ids].flatMap((id) => {
    const account = known.get(id);
    if (account === undefined || account.hash === noFingerprint) return [];
    const { version, hash, document } = account;
    if (document === null) return [];
    if (document === undefined) throw new Error(`the document of ${id} was not asked for`);
    const upstreamTime = upstreamTimeOf(JSON.parse(document) as AccountDocument);
    return [snapshotEntry(source, { id, version, hash, document, upstreamTime }, told)];
  });
}
