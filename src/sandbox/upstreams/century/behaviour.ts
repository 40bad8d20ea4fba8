import { z } from "zod";
import { commonBehaviour } from "../protocol.ts";

/** What a simulated organisation can be told to do otherwise while it runs. */
export const centuryBehaviour = commonBehaviour.extend({
  /** What a cursor stands for: a place behind a user, or a number of users, which shifts when one of them goes. */
  cursors: z.enum(["keyset", "offset"]),
  /** Added to `pagination.total`: a count that is not that of the list. */
  miscountsBy: z.number().int(),
  /** Whether members without a value are left out or null. */
  emptyMembers: z.enum(["null", "absent"]),
  /** Whether the filter `userId` is ignored. */
  ignoresIds: z.boolean(),
});
export type CenturyBehaviour = z.infer<typeof centuryBehaviour>;

export const centuryDefaults: CenturyBehaviour = {
  lagMs: 0,
  lagJitterMs: 0,
  rateLimit: { requests: 100, windowMs: 10_000 },
  cursors: "keyset",
  miscountsBy: 0,
  emptyMembers: "null",
  ignoresIds: false,
};
