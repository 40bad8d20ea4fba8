import { z } from "zod";
import { commonBehaviour } from "../protocol.ts";

/** What a simulated company can be told to do otherwise while it runs. */
export const bambooHrBehaviour = commonBehaviour.extend({
  /** Whether a change at exactly `since` is shown. */
  sinceIncludes: z.boolean(),
  /** Whether an employee that is new since `since` comes with the date of its insertion rather than of its last change. */
  showsInsertionDate: z.boolean(),
  /** How the rate limit is told: 503 (older) or 429. */
  throttleStatus: z.union([z.literal(429), z.literal(503)]),
  throttleRetryAfter: z.enum(["seconds", "date", "none"]),
  /** Fields that this key may not see: left out of every answer. */
  hiddenFields: z.array(z.string()),
  /** Employees that this key may not see: 403 when asked for, left out of reports, still in the feed of changes. */
  forbiddenIds: z.array(z.string()),
  /** Whether reports are refused with 403. */
  forbidsReports: z.boolean(),
  /** How old a report is: it may be made from a copy of what employees and feed show. */
  reportLagMs: z.number().int().min(0),
  /** Whether reports write null where the employee itself has an empty text or a zero date. */
  reportsNulls: z.boolean(),
  /** Whether a report that is asked for some employees shows all. */
  ignoresReportIds: z.boolean(),
  /** After so many requests with a wrong key, everything is refused with 403 for a while. */
  lockoutAfter: z.number().int().min(1),
  lockoutMs: z.number().int().min(0),
  /** How long an OAuth access token lives. */
  tokenSeconds: z.number().int().min(1),
  /** Whether a refresh gives another refresh token, which ends the one that was shown. */
  rotatesRefreshTokens: z.boolean(),
  /** How long the last refresh token but one is still accepted after that. */
  refreshGraceMs: z.number().int().min(0),
});
export type BambooHrBehaviour = z.infer<typeof bambooHrBehaviour>;

export const bambooHrDefaults: BambooHrBehaviour = {
  lagMs: 0,
  lagJitterMs: 0,
  rateLimit: null,
  sinceIncludes: true,
  showsInsertionDate: true,
  throttleStatus: 429,
  throttleRetryAfter: "seconds",
  hiddenFields: [],
  forbiddenIds: [],
  forbidsReports: false,
  reportLagMs: 0,
  reportsNulls: false,
  ignoresReportIds: false,
  lockoutAfter: 10,
  lockoutMs: 60_000,
  tokenSeconds: 3_600,
  rotatesRefreshTokens: true,
  refreshGraceMs: 0,
};
