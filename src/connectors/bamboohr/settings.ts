import { z } from "zod";

/** BambooHR refuses requests for more fields. */
const mostFields = 400;

/** What is asked for unless an operator says otherwise: what tells who someone is and where they stand, nothing private. */
export const defaultFields: readonly string[] = [
  "firstName",
  "middleName",
  "lastName",
  "preferredName",
  "displayName",
  "employeeNumber",
  "status",
  "employmentHistoryStatus",
  "workEmail",
  "workPhone",
  "workPhoneExtension",
  "jobTitle",
  "department",
  "division",
  "location",
  "country",
  "supervisor",
  "supervisorId",
  "supervisorEId",
  "hireDate",
  "originalHireDate",
  "terminationDate",
  "lastChanged",
];

/** What an operator may set for a BambooHR company. */
export const bambooHrSettings = z
  .strictObject({
    company: z
      .string()
      .regex(/^[a-z0-9-]+$/i, "a company's name has letters, digits and hyphens only")
      .optional()
      .describe("`acme` stands for `https://acme.bamboohr.com`."),
    baseUrl: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe("The address before `/api/v1`, instead of a company; `…/api/gateway.php/acme` works too."),
    apiKey: z
      .string()
      .min(1)
      .optional()
      .describe("A reference: `${env:NAME}` or `${file:path}`. Either this or `oauth`."),
    oauth: z
      .strictObject({
        clientId: z.string().min(1).describe("Of the application in BambooHR's developer portal."),
        clientSecret: z.string().min(1).describe("A reference: `${env:NAME}` or `${file:path}`."),
        refreshToken: z
          .string()
          .min(1)
          .describe(
            "A reference: `${env:NAME}` or `${file:path}`. Where it begins: newer ones are stored, sealed with `TIDEMARK_TOKEN_KEY`.",
          ),
        tokenUrl: z
          .url({ protocol: /^https?$/ })
          .optional()
          .describe("Default: `/token.php?request=token` where the company is; needed behind a gateway."),
      })
      .optional(),
    fields: z
      .array(z.string().min(1))
      .min(1)
      .max(mostFields)
      .optional()
      .describe("Employee fields by their API names; they replace the default list."),
  })
  .refine((settings) => settings.company !== undefined || settings.baseUrl !== undefined, {
    message: "company is missing (or baseUrl, which replaces it)",
  })
  .refine(({ apiKey, oauth }) => apiKey !== undefined || oauth !== undefined, {
    message: "apiKey is missing (or oauth, which replaces it)",
  })
  .refine(({ apiKey, oauth }) => apiKey === undefined || oauth === undefined, {
    message: "apiKey and oauth are both given: only one of them can be used",
  });

/** Settings of a BambooHR source. */
export type BambooHrSettings = z.infer<typeof bambooHrSettings>;

/** Root of the API, without a slash at its end. */
export function apiRoot(settings: BambooHrSettings): string {
  const base = addressOf(settings).replace(/\/+$/, "");
  if (base.endsWith("/v1")) return base;
  return base.includes("/gateway.php/") ? `${base}/v1` : `${base}/api/v1`;
}

/** Where a company gives out tokens. @see BambooHR "Getting started", "OAuth flow" */
export function tokenAddress(settings: BambooHrSettings): string {
  return new URL("/token.php?request=token", addressOf(settings)).href;
}

function addressOf({ baseUrl, company }: BambooHrSettings): string {
  return baseUrl ?? `https://${company}.bamboohr.com`;
}
