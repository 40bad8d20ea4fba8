import { z } from "zod";
import type { JsonValue } from "../../core/json.ts";
import { unlessCursorIsRefused } from "../refused-cursor.ts";
import { followed, trailSchema, trailhead } from "../trail.ts";
import type { CenturyApi } from "./api.ts";
import { userId } from "./user.ts";

/** Where reading stands in the list of all users. */
export const placeSchema = z.object({
  /** CENTURY's own cursor; null for the first page. */
  next: z.string().nullable(),
  trail: trailSchema,
  /** Users read so far, each counted once. */
  seen: z.number().int().nonnegative(),
});

/** Where reading stands in the list of all users. */
export type Place = z.infer<typeof placeSchema>;

/** The beginning of the list. */
export const start: Place = { next: null, trail: trailhead, seen: 0 };

/** What one step through the list brought. */
export type Step =
  | { outcome: "read"; rows: JsonValue[]; place: Place; isLast: boolean; total: number | null }
  /** Going on here makes no sense: the list has to be read from its beginning. */
  | { outcome: "lost"; why: string };

/**
 * The page at a place.
 * @param ids Those read since the pass began or was resumed; the page's are added. After a resumption a user that comes twice is
 * therefore counted twice, which can make a list look complete, but deletes nobody: who is missing is looked up.
 */
export async function nextUsers(api: CenturyApi, ids: Set<string>, place: Place): Promise<Step> {
  const page = await unlessCursorIsRefused(place.next, (cursor) => api.users(cursor));
  if (page === null) return { outcome: "lost", why: "CENTURY does not accept its own cursor any more" };
  const onPage = page.rows.map((row) => userId(row).id);
  const before = ids.size;
  for (const id of onPage) if (id !== null) ids.add(id);
  const added = ids.size - before;
  const trail = followed(place.trail, onPage.length > 0 ? onPage : { next: page.next });
  const isRepeated = added === 0 && onPage.some((id) => id !== null);
  if (trail === null || isRepeated) return { outcome: "lost", why: "a page shows nobody new" };
  return {
    outcome: "read",
    rows: page.rows,
    place: { next: page.next, trail, seen: place.seen + added },
    isLast: page.next === null,
    total: page.total,
  };
}
