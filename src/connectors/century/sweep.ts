import type { CompleteSweep, ConnectorContext, SweepPage } from "../../ports/connector.ts";
import { complete } from "../../sdk/complete.ts";
import { incompleteSweep } from "../../sdk/incomplete-sweep.ts";
import { centuryApi } from "./api.ts";
import type { CenturyPosition } from "./position.ts";
import type { CenturySettings } from "./settings.ts";
import { observeAll } from "./user.ts";
import { nextUsers, start } from "./walk.ts";

/**
 * One pass over all users, every time. It is complete when as many were seen as CENTURY counts, on its first page and on its last one:
 * users that come meanwhile come last, and those that go make the last count smaller.
 */
export async function* sweep(
  context: ConnectorContext<CenturySettings> & { position: CenturyPosition | null },
): AsyncGenerator<SweepPage<CenturyPosition>, CompleteSweep, void> {
  const api = centuryApi(context);
  const ids = new Set<string>();
  let position: CenturyPosition = context.position ?? {
    place: start,
    unidentified: 0,
    mostCounted: 0,
    isRead: false,
  };
  while (!position.isRead) {
    const isFirst = position.place.next === null;
    const step = await nextUsers(api, ids, position.place);
    if (step.outcome === "lost") throw incompleteSweep(step.why);
    const { observations, rejected } = observeAll(step.rows);
    position = {
      place: step.place,
      unidentified: position.unidentified + rejected.length,
      // In between, the count tells nothing: whoever came or went meanwhile is in the last one.
      mostCounted: isFirst || step.isLast ? larger(position.mostCounted, step.total) : position.mostCounted,
      isRead: step.isLast,
    };
    yield { observations, rejected, position };
  }
  if (position.unidentified > 0) throw incompleteSweep(`${position.unidentified} users have no usable id`);
  if (position.mostCounted === null) throw incompleteSweep("CENTURY does not count its users");
  const { seen } = position.place;
  if (seen < position.mostCounted) {
    throw incompleteSweep(`the list ended after ${seen} users, CENTURY counts ${position.mostCounted}`);
  }
  return complete();
}

function larger(one: number | null, other: number | null): number | null {
  return one === null || other === null ? null : Math.max(one, other);
}
