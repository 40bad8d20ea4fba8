import { RetryableError } from "../../core/errors.ts";
import type { CompleteSweep, ConnectorContext, NotOfferedSweep, SweepPage } from "../../ports/connector.ts";
import { complete } from "../../sdk/complete.ts";
import { notOffered } from "../../sdk/not-offered.ts";
import { accountId, observeAll } from "./account.ts";
import { restApi } from "./api.ts";
import type { RestPosition } from "./cursor.ts";
import { start } from "./place.ts";
import type { RestSettings } from "./settings.ts";
import { walk } from "./walk.ts";

/**
 * One pass over all accounts. It is complete when the list ended by the rule of its pagination, every item had an id, and, where the upstream
 * counts its accounts, as many were seen as it counts on its first page and on its last one.
 */
export async function* sweep(
  context: ConnectorContext<RestSettings> & { position: RestPosition | null },
): AsyncGenerator<SweepPage<RestPosition>, CompleteSweep | NotOfferedSweep, void> {
  const { settings } = context;
  if (!canSweep(settings)) return notOffered("the settings say nothing about how to read everything");
  const api = restApi(context);
  const list = walk(context, { read: api.everything, mayBeEmpty: false });
  const isCounted = settings.sweep?.total !== undefined;
  let position = context.position ?? { place: start, unidentified: 0, mostCounted: 0, isRead: false };
  while (!position.isRead) {
    const isFirst = position.place.next === null;
    const step = await list.next(position.place);
    if (step.outcome === "lost") throw incomplete(step.why);
    const { items, place, isLast, page } = step;
    if (isCounted && page.total === null) throw incomplete("the upstream does not count its accounts");
    const counted = isFirst || isLast ? (page.total ?? 0) : 0;
    position = {
      place,
      unidentified:
        position.unidentified + items.filter((item) => accountId(item, settings).id === null).length,
      mostCounted: Math.max(position.mostCounted, counted),
      isRead: isLast,
    };
    yield { ...observeAll(items, settings), position };
  }
  if (position.unidentified > 0) throw incomplete(`${position.unidentified} accounts have no usable id`);
  const { seen } = position.place;
  if (seen < position.mostCounted) {
    throw incomplete(`the list ended after ${seen} accounts, the upstream counts ${position.mostCounted}`);
  }
  return complete();
}

/** Whether the settings say how to read everything: without a way to ask what changed, every pass does. */
function canSweep({ incremental, sweep }: RestSettings): boolean {
  return incremental === undefined || sweep !== undefined;
}

function incomplete(why: string): RetryableError {
  return new RetryableError(
    "TIDEMARK_UPSTREAM_SWEEP_INCOMPLETE",
    `The sweep cannot prove that it saw every account: ${why}`,
  );
}
