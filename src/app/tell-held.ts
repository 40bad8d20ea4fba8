import type { Pass } from "./pass.ts";

/** Counts deletes that have gone on hold, and tells the operator why and what to do. */
export function tellHeld(pass: Pass, held: number, reason: string): void {
  const { lane, ports } = pass;
  pass.held += held;
  ports.log.warn("deletes.held", {
    source: lane.source.name,
    held,
    reason,
    whatToDo: "tidemark hold list",
  });
}
