import { z } from "zod";
import { commonBehaviour } from "../protocol.ts";

/** What a simulated integration can be told to do otherwise while it runs. */
export const komboBehaviour = commonBehaviour.extend({
  /** Whether a change at exactly `updated_after` is shown. */
  updatedAfterIncludes: z.boolean(),
  /** Whether ids that do not exist are answered with 404 (older) or left out. */
  unknownIds: z.enum(["404", "omitted"]),
  /** Whether deleted users vanish at once instead of staying as tombstones. */
  forgetsDeleted: z.boolean(),
  /** After how long the fields of a deleted user are nulled. */
  anonymizesAfterMs: z.number().int().min(0),
  /** After how long a cursor is not accepted any more. */
  cursorMs: z.number().int().min(0),
  /** How every request is refused, such as 409 with `INTEGRATION.SETUP_INCOMPLETE`; null: not at all. */
  refuses: z.strictObject({ status: z.number().int(), code: z.string().nullable() }).nullable(),
});
export type KomboBehaviour = z.infer<typeof komboBehaviour>;

export const komboDefaults: KomboBehaviour = {
  lagMs: 0,
  lagJitterMs: 0,
  rateLimit: { requests: 300, windowMs: 60_000 },
  updatedAfterIncludes: false,
  unknownIds: "404",
  forgetsDeleted: false,
  anonymizesAfterMs: 14 * 24 * 3_600_000,
  cursorMs: 3_600_000,
  refuses: null,
};
