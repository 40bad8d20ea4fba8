import type { Overview } from "../ports/store.ts";
import { since } from "./since.ts";

/** How far back a replay of the journal can reach, as one line: the journal has no holes, so all that came after its first event is there. */
export function reachText(shards: Overview["shards"], nowMs: number): string {
  const kept = shards.flatMap(({ earliest }) => (earliest === null ? [] : [earliest.at]));
  const [first] = kept.toSorted();
  return first === undefined
    ? "there is nothing to replay: the journal has no events"
    : `a replay can reach back to ${since(first, nowMs)}`;
}
