import { createHash } from "node:crypto";
import { z } from "zod";
import type { JsonValue } from "../../core/json.ts";
import { trailSchema, trailhead } from "../trail.ts";
import { type ItemPage, type Next, nextSchema } from "./answer.ts";

/** Where reading stands in a list. */
export const placeSchema = z.object({
  /** Where the next page begins; null for the first one. */
  next: nextSchema.nullable(),
  trail: trailSchema,
  /** The last items read, in the order of the list, where pages have numbers: what the next page must go on from. */
  tail: z.array(z.string()),
  /** Accounts read so far, each counted once. */
  seen: z.number().int().nonnegative(),
});

/** Where reading stands in a list. */
export type Place = z.infer<typeof placeSchema>;

/** The beginning of a list. */
export const start: Place = { next: null, trail: trailhead, tail: [], seen: 0 };

/** What one step through a list found; `place` does not count yet whom it saw. */
export type Found<Page extends ItemPage> =
  | { outcome: "read"; items: JsonValue[]; place: Place; isLast: boolean; page: Page }
  /** Going on here makes no sense: the list has to be read from its beginning. */
  | { outcome: "lost"; why: string };

/** A list that is read page by page. */
export interface PagedList<Page extends ItemPage> {
  /** @returns null when the upstream does not accept the place any more */
  read(next: Next | null): Promise<Page | null>;
  /** What an item is recognised by: an item that has moved on in time is another one. */
  keyOf(item: JsonValue): string;
}

/** Recognises any JSON. */
export function digestOf(value: JsonValue): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 32);
}
