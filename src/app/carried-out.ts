import type { FinishedIntent } from "../ports/store.ts";

/** What the owner has to say about an intent, which is recorded together with its effect. */
export type CarriedOut = Omit<FinishedIntent, "intent" | "shard" | "term">;

export const done: CarriedOut = { outcome: "done" };

/** @param why It names what to type. */
export function refused(why: string): CarriedOut {
  return { outcome: `refused: ${why}` };
}
