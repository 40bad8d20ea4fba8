import { z } from "zod";
import { commonBehaviour } from "../protocol.ts";

/** What a simulated service can be told to do otherwise while it runs. */
export const restBehaviour = commonBehaviour.extend({
  /** Whether a change at exactly `since` is shown. */
  includesBound: z.boolean(),
  /** Whether deleted accounts vanish at once instead of staying as tombstones. */
  forgetsDeleted: z.boolean(),
  /** Whether answers say if more follows. */
  tellsMore: z.boolean(),
  /** Whether the last page names a next one all the same. */
  namesNextAlways: z.boolean(),
  /** The most accounts that a page ever has, whatever was asked for. */
  mostOnPage: z.number().int(),
  /** Whether every page is the first one. */
  ignoresPlace: z.boolean(),
  miscountsBy: z.number().int(),
  /** Answered with 200 and without accounts, when set. */
  complains: z.string().nullable(),
  /** Another server's address, as the place of the next page. */
  luresTo: z.string().nullable(),
});
export type RestBehaviour = z.infer<typeof restBehaviour>;

export const restDefaults: RestBehaviour = {
  lagMs: 0,
  lagJitterMs: 0,
  rateLimit: { requests: 100, windowMs: 10_000 },
  includesBound: true,
  forgetsDeleted: false,
  tellsMore: false,
  namesNextAlways: false,
  mostOnPage: 1_000,
  ignoresPlace: false,
  miscountsBy: 0,
  complains: null,
  luresTo: null,
};
