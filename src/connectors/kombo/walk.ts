import { z } from "zod";
import type { JsonValue } from "../../core/json.ts";
import { itemId } from "../../sdk/item-id.ts";
import { unlessCursorIsRefused } from "../refused-cursor.ts";
import { followed, trailSchema, trailhead } from "../trail.ts";
import type { KomboApi, UserFilter, UserPage } from "./api.ts";

/** Where reading stands in a list of users. */
export const placeSchema = z.object({
  /** Kombo's own cursor; null for the first page. */
  next: z.string().nullable(),
  trail: trailSchema,
});

/** Where reading stands in a list of users. */
export type Place = z.infer<typeof placeSchema>;

/** The beginning of a list. */
export const start: Place = { next: null, trail: trailhead };

/** What one step through a list of users brought. */
export type Step =
  | {
      outcome: "read";
      rows: JsonValue[];
      /** Where to go on; null behind the last page. */
      place: Place | null;
      answeredAt: string;
    }
  /** Going on here makes no sense: the list has to be read from its beginning. */
  | { outcome: "lost"; why: string };

/**
 * The page at a place. An empty last page is asked for twice, since an answer that is empty by mistake would hide everything behind it.
 * @param list.mayBeEmpty Whether the first page may be empty without further ado: of changes, not of everybody.
 */
export async function nextUsers(
  { api, filter, mayBeEmpty }: { api: KomboApi; filter: UserFilter; mayBeEmpty: boolean },
  { next, trail }: Place,
): Promise<Step> {
  const read = () => unlessCursorIsRefused(next, (cursor) => api.users(filter, cursor));
  let page = await read();
  const isExpected = mayBeEmpty && next === null;
  if (page !== null && isEmptyEnd(page) && !isExpected) page = await read();
  if (page === null) return { outcome: "lost", why: "Kombo does not accept its own cursor any more" };

  const ids = page.rows.map((row) => itemId(row).id);
  const further = followed(trail, ids.length > 0 ? ids : { next: page.next });
  if (further === null) return { outcome: "lost", why: "the pages lead in a circle" };
  const place = page.next === null ? null : { next: page.next, trail: further };
  return { outcome: "read", rows: page.rows, place, answeredAt: page.answeredAt };
}

function isEmptyEnd(page: UserPage): boolean {
  return page.rows.length === 0 && page.next === null;
}
