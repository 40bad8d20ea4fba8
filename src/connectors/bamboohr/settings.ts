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
    apiKey: z.string().min(1).describe("A reference: `${env:NAME}` or `${file:path}`."),
    fields: z
      .array(z.string().min(1))
      .min(1)
      .max(mostFields)
      .optional()
      .describe("Employee fields by their API names; they replace the default list."),
  })
  .refine((settings) => settings.company !== undefined || settings.baseUrl !== undefined, {
    message: "company is missing (or baseUrl, which replaces it)",
  });

/** Settings of a BambooHR source. */
export type BambooHrSettings = z.infer<typeof bambooHrSettings>;

/** Root of the API, without a slash at its end. */
export function apiRoot(settings: BambooHrSettings): string {
  const base = (settings.baseUrl ?? `https://${settings.company}.bamboohr.com`).replace(/\/+$/, "");
  if (base.endsWith("/v1")) return base;
  return base.includes("/gateway.php/") ? `${base}/v1` : `${base}/api/v1`;
}
