import { ofDay, whyTooMany } from "../core/guard.ts";
import type { Pass } from "./pass.ts";

/**
 * Why this many more inserts or deletes must wait for a person, with those that this pass and the rolling day have had; null when they may happen. An
 * initial load is no flood.
 */
export function whyHeld(
  { lane, ports, counts, held, population }: Pass,
  op: "inserted" | "deleted",
  more: number,
): string | null {
  const { activity, isLoaded, deleteLimit, insertLimit } = lane.source;
  if (op === "inserted" && !isLoaded) return null;
  return whyTooMany(op, {
    ofPass: counts[op] + held[op],
    ofDay: ofDay(activity, op, ports.clock.now()),
    more,
    population,
    limit: op === "deleted" ? deleteLimit : insertLimit,
  });
}
