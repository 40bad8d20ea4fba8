import type { JsonValue } from "../../core/json.ts";
import type { ConnectorContext } from "../../ports/connector.ts";
import { followed } from "../trail.ts";
import { accountId, changedAt } from "./account.ts";
import type { Next } from "./answer.ts";
import type { DatedPage } from "./api.ts";
import { nextNumbered } from "./numbered.ts";
import { type Found, type PagedList, type Place, digestOf } from "./place.ts";
import type { RestSettings } from "./settings.ts";

/** What one step through a list brought. */
export type Step = Found<DatedPage>;

/** A list of an upstream, for one pass from its beginning or from where it was interrupted. */
export interface Walk {
  /**
   * The items at a place that were not read before. An empty page is asked for twice, unless it is the first one of changes: an answer that is
   * empty by mistake would hide accounts.
   */
  next(place: Place): Promise<Step>;
}

/**
 * @param list.read null when the upstream does not accept the place any more
 * @param list.mayBeEmpty Whether the first page may be empty without further ado: of changes, not of everybody.
 */
export function walk(
  { settings }: ConnectorContext<RestSettings>,
  list: { read(next: Next | null): Promise<DatedPage | null>; mayBeEmpty: boolean },
): Walk {
  const { pagination } = settings;
  const isNumbered = pagination?.page !== undefined || pagination?.offset !== undefined;
  /** Those read since the pass began or was resumed: after a resumption, who comes twice is counted twice. */
  const ids = new Set<string>();
  const paged: PagedList<DatedPage> = {
    keyOf: (item) => keyOf(item, settings),
    async read(next) {
      const page = await list.read(next);
      const isDoubtful = page?.items.length === 0 && !(next === null && list.mayBeEmpty);
      return isDoubtful ? list.read(next) : page;
    },
  };

  function step(place: Place): Promise<Step> {
    if (!isNumbered) return nextLinked(paged, place);
    const numbering =
      pagination.page === undefined
        ? { style: "offset" as const }
        : { style: "page" as const, first: pagination.page.start };
    return nextNumbered(paged, numbering, place);
  }

  return {
    async next(place) {
      const found = await step(place);
      if (found.outcome === "lost") return found;
      const before = ids.size;
      for (const item of found.items) {
        const { id } = accountId(item, settings);
        if (id !== null) ids.add(id);
      }
      return { ...found, place: { ...found.place, seen: place.seen + ids.size - before } };
    },
  };
}

/** One step through a list whose pages name the next one. */
async function nextLinked(list: PagedList<DatedPage>, place: Place): Promise<Step> {
  const page = await list.read(place.next);
  if (page === null) return { outcome: "lost", why: "the upstream does not accept its own cursor any more" };
  const { items, next } = page;
  const trail = followed(place.trail, items.length > 0 ? items.map(list.keyOf) : { next });
  if (trail === null || (next !== null && next === place.next)) {
    return { outcome: "lost", why: "the pages lead in a circle" };
  }
  return { outcome: "read", items, page, isLast: next === null, place: { ...place, next, trail } };
}

/** An id, or a digest where there is none; with the time of the last change where that is known. */
function keyOf(item: JsonValue, settings: RestSettings): string {
  const { id } = accountId(item, settings);
  return id === null ? `#${digestOf(item)}` : `${id} ${changedAt(item, settings) ?? ""}`;
}
