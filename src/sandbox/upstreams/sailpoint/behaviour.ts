import { z } from "zod";
import { commonBehaviour } from "../protocol.ts";

/** What a simulated tenant can be told to do otherwise while it runs. */
export const sailPointBehaviour = commonBehaviour.extend({
  /** `seed`: the older contract, without filters on `created`, `modified`, `origin`, `hasEntitlements`, `manuallyCorrelated`. */
  contract: z.enum(["current", "seed"]),
  /** Whether an offset behind the end is answered with `[]` or with 400. */
  offsetOverrun: z.enum(["empty", "error"]),
  /** Every so many list requests a page is four accounts short although more follow; 0: never. */
  shortPageEvery: z.number().int().min(0),
  /** Whether `GET /v3/sources` is refused with 403. */
  forbidsSources: z.boolean(),
  /** Whether answers carry `X-Deprecated: true`. */
  deprecated: z.boolean(),
  tokenSeconds: z.number().min(0),
});
export type SailPointBehaviour = z.infer<typeof sailPointBehaviour>;

export const sailPointDefaults: SailPointBehaviour = {
  lagMs: 0,
  lagJitterMs: 0,
  rateLimit: { requests: 100, windowMs: 10_000 },
  contract: "current",
  offsetOverrun: "empty",
  shortPageEvery: 0,
  forbidsSources: false,
  deprecated: false,
  tokenSeconds: 749,
};
