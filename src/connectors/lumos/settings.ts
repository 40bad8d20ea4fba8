import { z } from "zod";
import type { JsonObject } from "../../core/json.ts";
import { type LumosCredential, credentialSchema, namedCredentialSchema } from "./credential-schema.ts";

/** What an operator may set for a Lumos connector. */
export const lumosSettings = z.strictObject({
  baseUrl: z
    .url({ protocol: /^https?$/ })
    .describe("Where the host mounts its connectors, with any prefix: the address before `/{connectorId}`."),
  connectorId: z
    .string()
    .regex(/^[\w.-]+$/, "a connector's id has letters, digits, dots, underscores and hyphens only")
    .optional()
    .describe("Such as `pagerduty`. Left out for a connector that is served alone, such as a local one."),
  auth: credentialSchema
    .optional()
    .describe("The app's credential: exactly one kind. Secrets as `${env:NAME}` or `${file:path}`."),
  credentials: z
    .array(namedCredentialSchema)
    .min(1)
    .optional()
    .describe("For connectors that take several: each with the `id` that the connector knows it by."),
  headers: z
    .record(z.string().regex(/^[\w-]+$/, "a header's name has letters, digits and hyphens only"), z.string())
    .optional()
    .describe("Sent to the host with every request, such as `authorization`."),
  connectorSettings: z
    .record(z.string(), z.json())
    .optional()
    .describe("`settings` of every request: what the connector's own documentation asks for."),
  customAttributes: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe("Custom attributes to ask for. Default: none."),
  since: z.iso
    .datetime({ offset: true })
    .optional()
    .describe("The first poll asks for what was updated since. Default: since 1970, which is everything."),
  pageSize: z.number().int().min(1).max(1_000).default(100).describe("Accounts to ask for at once."),
  listsEveryAccount: z
    .boolean()
    .default(false)
    .describe(
      "Set it when `list_accounts` returns deactivated accounts, too: then two complete lists without an account delete it, also where the connector offers no `get_account`.",
    ),
});

/** Settings of a Lumos source. */
export type LumosSettings = z.infer<typeof lumosSettings>;

/** Every credential that is sent, with the id that tells it from the others. */
export function credentialsOf({ auth, credentials = [] }: LumosSettings): LumosCredential[] {
  return [...(auth === undefined ? [] : [auth]), ...credentials];
}

/** The address of one of the connector's operations. */
export function operationUrl({ baseUrl, connectorId }: LumosSettings, capability: string): string {
  return [baseUrl.replace(/\/+$/, ""), ...(connectorId === undefined ? [] : [connectorId]), capability].join(
    "/",
  );
}

/** The member of a request that asks for custom attributes; none when none are wanted. */
export function customOf({ customAttributes }: LumosSettings): JsonObject {
  return customAttributes === undefined ? {} : { custom_attributes: customAttributes };
}
