import { z } from "zod";
import { placeSchema } from "./walk.ts";

/** Where the polls of a CENTURY source stand: nothing outlives a pass, since CENTURY cannot be asked what changed. */
export const cursorSchema = z.object({
  /** The pass that is underway; null between passes. */
  place: placeSchema.nullable(),
});

/** Where the polls of a CENTURY source stand. */
export type CenturyCursor = z.infer<typeof cursorSchema>;

/** Where a sweep of a CENTURY source stands. */
export const positionSchema = z.object({
  place: placeSchema,
  /** Users without a usable id: with any of them nothing is proven about the others. */
  unidentified: z.number().int().nonnegative(),
  /** What CENTURY counted on its first page, or on the last one when that was more. */
  mostCounted: z.number().int().nonnegative(),
  /** True behind the last page. */
  isRead: z.boolean(),
});

/** Where a sweep of a CENTURY source stands. */
export type CenturyPosition = z.infer<typeof positionSchema>;
