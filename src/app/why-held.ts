import { deletesOfDay, whyTooManyDeletes } from "../core/guard.ts";
import type { Pass } from "./pass.ts";

/** Why this many more deletes must wait for a person, with those that this pass and the rolling day have had; null when they may happen. */
export function whyHeld({ lane, ports, counts, held, population }: Pass, more: number): string | null {
  return whyTooManyDeletes({
    ofPass: counts.deleted + held,
    ofDay: deletesOfDay(lane.source.activity, ports.clock.now()),
    more,
    population,
    limit: lane.source.deleteLimit,
  });
}
