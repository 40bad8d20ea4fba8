import { z } from "zod";
import { placeSchema } from "./walk.ts";

/** Where the polls of a SailPoint source stand. */
export const cursorSchema = z.object({
  /** Everything that changed up to here (upstream time) was read by a finished pass; null before the first one is. */
  watermark: z.iso.datetime().nullable(),
  /** Whether the tenant filters by time; `filter` until it refuses. */
  strategy: z.enum(["filter", "newest-first"]),
  /** The pass that is underway; null between passes. */
  pass: z
    .object({
      leg: z.enum(["everything", "modified", "created", "newest-modified", "newest-created"]),
      /** The upstream's clock at the first answer of the pass; null before it. */
      startedAt: z.iso.datetime().nullable(),
      /** This pass reads what changed at or after it; null: all. */
      bound: z.iso.datetime().nullable(),
      /** Newest change that this pass has read. */
      newest: z.iso.datetime().nullable(),
      /** Whether this leg has come across a row with `modified`. */
      sawModified: z.boolean(),
      place: placeSchema,
    })
    .nullable(),
});

/** Where the polls of a SailPoint source stand. */
export type SailPointCursor = z.infer<typeof cursorSchema>;

/** A pass that is underway. */
export type SailPointPass = NonNullable<SailPointCursor["pass"]>;

/** Where a sweep of a SailPoint source stands. */
export const positionSchema = z.object({
  /** One segment per SailPoint source; a single null is one segment over everything. */
  segments: z.array(z.string().nullable()),
  /** Lengths of the segments that were read, in order: the next one is being read. */
  lengths: z.array(z.number().int().nonnegative()),
  /** Accounts without a usable id: with any of them nothing is proven about the others. */
  unidentified: z.number().int().nonnegative(),
  place: placeSchema,
});

/** Where a sweep of a SailPoint source stands. */
export type SailPointPosition = z.infer<typeof positionSchema>;
