import { z } from "zod";

/** Where the polls of a BambooHR source stand. */
export const cursorSchema = z.object({
  /** The newest change that a finished pass has seen (upstream time); null before there was one. */
  latest: z.iso.datetime().nullable(),
  /** Where the next pass begins; null before the first one is finished. */
  since: z.iso.datetime().nullable(),
  /** Entries of the feed at or after `since` that were read: id, action, lastChanged, and whether it was late enough to be final. */
  seen: z.array(z.tuple([z.string(), z.string(), z.string(), z.boolean()])),
  /** The pass that is underway; null between passes. */
  pass: z
    .object({
      since: z.iso.datetime(),
      /** Newest change in the feed when the pass began; null when it was empty. */
      latest: z.iso.datetime().nullable(),
      /** Employees up to this id were read; empty when only the deleted ones were passed on so far. */
      afterId: z.string(),
    })
    .nullable(),
});

/** Where the polls of a BambooHR source stand. */
export type BambooHrCursor = z.infer<typeof cursorSchema>;

/** Where a sweep stands: employees up to this id were passed on. */
export const positionSchema = z.object({ afterId: z.string() });

/** Where a sweep of a BambooHR source stands. */
export type BambooHrPosition = z.infer<typeof positionSchema>;
