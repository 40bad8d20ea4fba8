import { z } from "zod";
import { walkSchema } from "./walk.ts";

const anyMembers = z.record(z.string(), z.json());
const limitStates = z.record(z.string(), anyMembers);

/** Where the polls of a Lumos source stand. */
export const cursorSchema = z.object({
  /** The connector's own cursor after the last finished pass; null when it gave none. */
  cursor: z.string().nullable(),
  /** Everything before was read by a finished pass: where one begins that has no cursor. Null before the first is finished. */
  since: z.iso.datetime().nullable(),
  /** How fresh the connector's data was before the last finished pass; null when it did not say. */
  recency: z.iso.datetime().nullable(),
  /** When the last finished pass ended, by our clock. */
  polledAt: z.iso.datetime().nullable(),
  /** A connector that says nothing of freshness is asked again then; null: it does say. */
  askRecencyAt: z.iso.datetime().nullable(),
  /** What the connector last said about its limits, by capability. */
  limits: limitStates,
  /** The pass that is underway; null between passes. */
  pass: z
    .object({
      /** The first pass reads the list before the feed of changes. */
      listing: z.enum(["list_accounts", "list_updated_accounts"]),
      /** The same for every page. */
      request: anyMembers,
      size: z.number().int().positive(),
      walk: walkSchema,
      /** The upstream's clock at the first answer of the pass; null before it. */
      startedAt: z.iso.datetime().nullable(),
      /** How fresh the connector's data was before the pass. */
      recency: z.iso.datetime().nullable(),
      /** The last cursor that a page of this pass gave. */
      newCursor: z.string().nullable(),
      /** Whether the pass has lost its place once already. */
      hasRestarted: z.boolean(),
    })
    .nullable(),
});

/** Where the polls of a Lumos source stand. */
export type LumosCursor = z.infer<typeof cursorSchema>;

/** A pass that is underway. */
export type LumosPass = NonNullable<LumosCursor["pass"]>;

/** Before the first pass. */
export const beforeAll: LumosCursor = {
  cursor: null,
  since: null,
  recency: null,
  polledAt: null,
  askRecencyAt: null,
  limits: {},
  pass: null,
};

/** Where a sweep of a Lumos source stands. */
export const positionSchema = z.object({
  /** Null when the last page was read. */
  walk: walkSchema.nullable(),
  size: z.number().int().positive(),
  /** Accounts without a usable id: with any of them nothing is proven about the others. */
  unidentified: z.number().int().nonnegative(),
  /** One of the accounts that were seen, to try whether accounts can be looked up. */
  sample: z.string().nullable(),
  limits: limitStates,
});

/** Where a sweep of a Lumos source stands. */
export type LumosPosition = z.infer<typeof positionSchema>;
