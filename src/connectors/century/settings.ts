import { z } from "zod";

/** What an operator may set for CENTURY. */
export const centurySettings = z.strictObject({
  baseUrl: z
    .url({ protocol: /^https?$/ })
    .default("https://connect.century.tech/api/v1")
    .describe("Root of the API with its version."),
  apiKey: z.string().min(1).describe("A reference: `${env:NAME}` or `${file:path}`."),
});

/** Settings of a CENTURY source. */
export type CenturySettings = z.infer<typeof centurySettings>;
