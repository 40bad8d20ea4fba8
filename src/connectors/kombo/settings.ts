import { z } from "zod";

const roots = { eu: "https://api.kombo.dev/v1", us: "https://api.us.kombo.dev/v1" };

/** What an operator may set for one Kombo integration. */
export const komboSettings = z.strictObject({
  region: z.enum(["eu", "us"]).default("eu").describe("Where the data is kept: `eu` or `us`."),
  baseUrl: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe("Root of the API with its version, instead of a region."),
  apiKey: z.string().min(1).describe("A reference: `${env:NAME}` or `${file:path}`."),
  integrationId: z
    .string()
    .regex(/^[!-9;-~]+:[!-~]+$/, "an integration id looks like workday:HWUTwvyx2wLoSUHphiWVrp28")
    .describe("The tool and the integration, such as `workday:HWUTwvyx2wLoSUHphiWVrp28`."),
});

/** Settings of a Kombo source. */
export type KomboSettings = z.infer<typeof komboSettings>;

/** Root of the API, without a slash at its end. */
export function apiRoot({ baseUrl, region }: KomboSettings): string {
  return (baseUrl ?? roots[region]).replace(/\/+$/, "");
}
