import type { CompleteSweep, ConnectorContext, SweepPage } from "../../ports/connector.ts";
import { complete } from "../../sdk/complete.ts";
import { incompleteSweep } from "../../sdk/incomplete-sweep.ts";
import { itemId } from "../../sdk/item-id.ts";
import { komboApi } from "./api.ts";
import type { KomboPosition } from "./cursor.ts";
import type { KomboSettings } from "./settings.ts";
import { observeAll } from "./user.ts";
import { nextUsers, start } from "./walk.ts";

/**
 * One pass over all users, the deleted ones included: it also repairs what polls have missed, as the vendor advises.
 * Kombo counts nothing, so it is complete when the pages end by themselves; whoever is missing is looked up by id.
 */
export async function* sweep(
  context: ConnectorContext<KomboSettings> & { position: KomboPosition | null },
): AsyncGenerator<SweepPage<KomboPosition>, CompleteSweep, void> {
  const api = komboApi(context);
  let position = context.position ?? { place: start, unidentified: 0, isRead: false };
  while (!position.isRead) {
    const step = await nextUsers({ api, filter: {}, mayBeEmpty: false }, position.place);
    if (step.outcome === "lost") throw incompleteSweep(step.why);
    const { observations, rejected } = observeAll(step.rows);
    position = {
      place: step.place ?? position.place,
      unidentified: position.unidentified + step.rows.filter((row) => itemId(row).id === null).length,
      isRead: step.place === null,
    };
    yield { observations, rejected, position };
  }
  if (position.unidentified > 0) throw incompleteSweep(`${position.unidentified} users have no usable id`);
  return complete();
}
