import { z } from "zod";
import { placeSchema } from "./place.ts";

/** Where the polls of a source stand. */
export const cursorSchema = z.object({
  /** All that changed up to here (upstream time) was read by a finished pass; null before one found something. */
  watermark: z.iso.datetime().nullable(),
  /** The pass that is underway; null between passes. */
  pass: z
    .object({
      /** The upstream's clock at the first answer of the pass; null before it. */
      startedAt: z.iso.datetime().nullable(),
      /** This pass reads what changed since then; null: everything. */
      since: z.iso.datetime().nullable(),
      /** Newest change that this pass has read. */
      newest: z.iso.datetime().nullable(),
      place: placeSchema,
    })
    .nullable(),
});

/** Where the polls of a source stand. */
export type RestCursor = z.infer<typeof cursorSchema>;

/** Where a sweep of a source stands. */
export const positionSchema = z.object({
  place: placeSchema,
  /** Items without a usable id: with any of them nothing is proven about the others. */
  unidentified: z.number().int().nonnegative(),
  /** What the upstream counted on its first page, or on the last one when that was more. */
  mostCounted: z.number().int().nonnegative(),
  /** True behind the last page. */
  isRead: z.boolean(),
});

/** Where a sweep of a source stands. */
export type RestPosition = z.infer<typeof positionSchema>;
