import type { Fingerprint, FingerprintedObservation } from "./fingerprint.ts";

/** What a hold keeps of one account. */
export interface HeldChange {
  id: string;
  /** The newest document that was observed; null for a delete: whether the account is gone is looked up when the time has come. */
  document: HeldDocument | null;
}

/** A document that waits for a person. */
export interface HeldDocument extends Fingerprint {
  /** When the upstream says it changed: ISO-8601 UTC, or null. */
  upstreamTime: string | null;
}

/** The last document of each account that these observations have one of. */
export function lastDocuments(observations: readonly FingerprintedObservation[]): Map<string, HeldDocument> {
  const documents = new Map<string, HeldDocument>();
  for (const one of observations) {
    if (!("hash" in one)) continue;
    const { id, text, hash, upstreamTime } = one;
    documents.set(id, { text, hash, upstreamTime });
  }
  return documents;
}
