import type { FingerprintedObservation } from "./fingerprint.ts";
import type { HeldChange } from "./held-change.ts";

/** What the rules below need to know of an account on hold. */
export interface OnHold {
  reason: string;
  state: "waiting" | "approved" | "rejected";
  /** Fingerprint of the document that waits; null for a delete. */
  hash: string | null;
}

/** What a page's observations of accounts on hold come to. */
export interface WhileOnHold {
  /** What is to be compared with the known accounts as usual; the rest changes nothing until a person has decided. */
  observations: readonly FingerprintedObservation[];
  /** Accounts that leave their holds. */
  released: string[];
  /** Accounts that stay, with newer documents. */
  renewed: HeldChange[];
}

/**
 * Sorts a page's observations of accounts on hold. That an account whose delete waits is gone is known; anything else releases it. Of an account
 * whose document waits only the last observation counts: that it is gone releases it, a newer document takes the place of the one that waits, unless
 * it has to be judged anew.
 */
export function whileOnHold(
  observations: readonly FingerprintedObservation[],
  onHold: ReadonlyMap<string, OnHold>,
): WhileOnHold {
  if (onHold.size === 0) return { observations, released: [], renewed: [] };
  const last = new Map(observations.map((one) => [one.id, one]));
  const released: string[] = [];
  const renewed: HeldChange[] = [];
  for (const [id, held] of onHold) {
    const newest = last.get(id);
    if (newest === undefined) continue;
    if (releases(held, newest)) released.push(id);
    else if ("hash" in newest && held.hash !== newest.hash) {
      const { text, hash, upstreamTime } = newest;
      renewed.push({ id, document: { text, hash, upstreamTime } });
    }
  }
  const leaving = new Set(released);
  return {
    observations: observations.filter((one) => {
      const held = onHold.get(one.id);
      if (held === undefined) return true;
      if (held.hash === null) return !("gone" in one);
      return leaving.has(one.id) && one === last.get(one.id);
    }),
    released,
    renewed,
  };
}

function releases({ reason, state, hash }: OnHold, newest: FingerprintedObservation): boolean {
  if (hash === null) return !("gone" in newest);
  if ("gone" in newest) return true;
  if ("present" in newest || newest.hash === hash) return false;
  // What was rejected was that document, not this one; and a document may have come back to the known shape.
  return state === "rejected" || (reason === "schema-drift" && state === "waiting");
}
