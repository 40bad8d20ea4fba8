import type { HoldReason } from "../ports/store.ts";
import type { Pass } from "./pass.ts";

/** What a hold of each reason keeps: `<what>s.held` in the log. */
const kinds = {
  "too-many-deletes": "deleted",
  "empty-sweep": "deleted",
  "too-many-inserts": "inserted",
  "schema-drift": "drifted",
} as const satisfies Record<HoldReason, keyof Pass["held"]>;

const messages = { deleted: "deletes.held", inserted: "inserts.held", drifted: "drift.held" } as const;

/** Counts changes that have gone on hold, and tells the operator why and what to do. */
export function tellHeld(pass: Pass, why: HoldReason, held: number, reason: string): void {
  const { lane, ports } = pass;
  const kind = kinds[why];
  pass.held[kind] += held;
  ports.log.warn(messages[kind], {
    source: lane.source.name,
    held,
    reason,
    whatToDo: "tidemark hold list",
  });
}
