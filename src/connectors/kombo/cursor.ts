import { z } from "zod";
import { placeSchema } from "./walk.ts";

/** Where the polls of a Kombo source stand. */
export const cursorSchema = z.object({
  /** When the last finished pass that found something began; null before there was one. */
  watermark: z.iso.datetime().nullable(),
  /** The pass that is underway; null between passes. */
  pass: z
    .object({
      /** Our clock, or Kombo's where that is behind ours. */
      startedAt: z.iso.datetime(),
      /** This pass reads what changed after it; null: everything. */
      updatedAfter: z.iso.datetime().nullable(),
      place: placeSchema,
    })
    .nullable(),
});

/** Where the polls of a Kombo source stand. */
export type KomboCursor = z.infer<typeof cursorSchema>;

/** Where a sweep of a Kombo source stands. */
export const positionSchema = z.object({
  place: placeSchema,
  /** Users without a usable id: with any of them nothing is proven about the others. */
  unidentified: z.number().int().nonnegative(),
  /** True behind the last page. */
  isRead: z.boolean(),
});

/** Where a sweep of a Kombo source stands. */
export type KomboPosition = z.infer<typeof positionSchema>;
