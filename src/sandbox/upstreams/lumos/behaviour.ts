import { z } from "zod";
import { commonBehaviour } from "../protocol.ts";

/** What a simulated connector can be told to do otherwise while it runs. */
export const lumosBehaviour = commonBehaviour.extend({
  /** On which pages of the feed of changes its cursor comes. */
  cursorOn: z.enum(["every-page", "last-page", "never"]),
  /** What a cursor that the connector does not know gets: an error, or everything. */
  badCursor: z.enum(["error", "everything"]),
  /** Cursors, and page tokens, of another generation are not known any more. */
  cursorGeneration: z.number().int(),
  tokenGeneration: z.number().int(),
  /** How the last page says that it is the last: no `page`, null, `{}` or a size alone. */
  pageEnd: z.enum(["absent", "null", "empty", "size"]),
  /** Members without a value: sent as null, or left out. */
  nulls: z.enum(["sent", "omitted"]),
  /** Every so many pages one is empty although more follow; 0: never. */
  emptyPageEvery: z.number().int().min(0),
  /** How far back the feed of changes reaches; null: to the beginning. */
  lookBackMs: z.number().int().min(0).nullable(),
  /** Whether a change at exactly `since` is shown. */
  sinceIncludes: z.boolean(),
  /** Whether the feed shows deleted accounts, with status DELETED. */
  showsDeleted: z.boolean(),
  /** Whether `list_accounts` has deactivated accounts, too. */
  listsDeactivated: z.boolean(),
  /** How often the data behind the feed is refreshed: what came later is not shown before; 0: always fresh. */
  refreshEveryMs: z.number().int().min(0),
  /** Capabilities that this connector lacks, and how it says so. */
  missing: z.array(z.string()),
  missingAs: z.enum(["404", "not_implemented", "unsupported_operation"]),
  /** Whether errors carry `error_metadata`. */
  errorMetadata: z.boolean(),
  /** Whether answers tell the state of the rate limit. */
  tellsLimits: z.boolean(),
  /** Errors that capabilities answer with, whatever is asked. */
  failing: z.record(z.string(), z.record(z.string(), z.json())),
  /** How long access tokens are good that the connector hands out. */
  tokenSeconds: z.number().min(0),
});
export type LumosBehaviour = z.infer<typeof lumosBehaviour>;

export const lumosDefaults: LumosBehaviour = {
  lagMs: 0,
  lagJitterMs: 0,
  rateLimit: null,
  cursorOn: "last-page",
  badCursor: "error",
  cursorGeneration: 1,
  tokenGeneration: 1,
  pageEnd: "null",
  nulls: "sent",
  emptyPageEvery: 0,
  lookBackMs: null,
  sinceIncludes: true,
  showsDeleted: true,
  listsDeactivated: false,
  refreshEveryMs: 0,
  missing: [],
  missingAs: "404",
  errorMetadata: true,
  tellsLimits: false,
  failing: {},
  tokenSeconds: 3_600,
};
