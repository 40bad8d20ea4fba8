import type { FingerprintedObservation } from "./fingerprint.ts";
import type { HeldChange } from "./held-change.ts";

/**
 * Takes these documents out of a page. An account whose last document is among them goes on hold with it; where another one follows, or it is gone
 * by then, nothing of it waits.
 */
export function setAside(
  observations: readonly FingerprintedObservation[],
  waiting: ReadonlySet<FingerprintedObservation>,
): { changes: HeldChange[]; observations: FingerprintedObservation[] } {
  const ids = new Set([...waiting].map(({ id }) => id));
  // That the account exists says nothing more, and would ask for its document again.
  const telling = observations.filter((one) => !("present" in one && ids.has(one.id)));
  const last = new Map(telling.map((one) => [one.id, one]));
  return {
    changes: [...last.values()].flatMap((one) => {
      if (!("hash" in one) || !waiting.has(one)) return [];
      const { id, text, hash, upstreamTime } = one;
      return [{ id, document: { text, hash, upstreamTime } }];
    }),
    observations: telling.filter((one) => !waiting.has(one)),
  };
}
