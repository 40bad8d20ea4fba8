import { z } from "zod";
import { placeSchema } from "./walk.ts";

/** Where a sweep of a CENTURY source stands. */
export const positionSchema = z.object({
  place: placeSchema,
  /** Users without a usable id: with any of them nothing is proven about the others. */
  unidentified: z.number().int().nonnegative(),
  /** What CENTURY counted on its first page, or on the last one when that was more; null when one of them had no count. */
  mostCounted: z.number().int().nonnegative().nullable(),
  /** True behind the last page. */
  isRead: z.boolean(),
});

/** Where a sweep of a CENTURY source stands. */
export type CenturyPosition = z.infer<typeof positionSchema>;
