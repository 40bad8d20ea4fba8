import { z } from "zod";

/** What an operator may set for a SailPoint Identity Security Cloud tenant. */
export const sailPointSettings = z
  .strictObject({
    tenant: z
      .string()
      .regex(/^[a-z0-9-]+$/i, "a tenant's name has letters, digits and hyphens only")
      .optional()
      .describe("`acme` stands for `https://acme.api.identitynow.com/v3`."),
    baseUrl: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe("Root of the API with its version, instead of a tenant."),
    tokenUrl: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe("Where tokens come from. Default: `/oauth/token` at the API's address."),
    clientId: z.string().min(1).describe("Of a personal access token or an API client."),
    clientSecret: z.string().min(1).describe("A reference: `${env:NAME}` or `${file:path}`."),
    sourceIds: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe("Reads only the accounts of these SailPoint sources. Default: all."),
  })
  .refine((settings) => settings.tenant !== undefined || settings.baseUrl !== undefined, {
    message: "tenant is missing (or baseUrl, which replaces it)",
  });

/** Settings of a SailPoint source. */
export type SailPointSettings = z.infer<typeof sailPointSettings>;

/** Root of the API, without a slash at its end. */
export function apiRoot(settings: SailPointSettings): string {
  return (settings.baseUrl ?? `https://${settings.tenant}.api.identitynow.com/v3`).replace(/\/+$/, "");
}

/** Where tokens come from. */
export function tokenUrl(settings: SailPointSettings): string {
  return settings.tokenUrl ?? `${new URL(apiRoot(settings)).origin}/oauth/token`;
}
