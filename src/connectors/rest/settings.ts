import { z } from "zod";
import { durationMs } from "../../core/duration.ts";
import { authSchema } from "./auth-schema.ts";
import { memberPath } from "./member-path.ts";
import { paginationSchema, styleOf } from "./pagination-schema.ts";
import { type ListRequest, listRequest, lookUpRequest, sweepRequest } from "./request-schema.ts";
import { variablesIn } from "./template.ts";
import { timeOf, timestampFormat, timestampPrecision } from "./timestamp.ts";

const duration = z
  .string()
  .refine((text) => durationMs(text) !== null, "it must be a duration with its unit, such as 60s, 5m or 6h");

/** What says which page is asked for; the other styles of pagination have the address of the next page. */
const placeVariables = ["page", "offset", "cursor"] as const;

const path = memberPath.optional();
const status = z.enum(["active", "inactive", "suspended", "pending", "deleted", "unknown"]);
const kind = z.enum(["person", "service", "unknown"]);

const accountSchema = z.strictObject({
  id: memberPath.default("id").describe("The key that never changes; a text or a number."),
  userName: path,
  displayName: path.describe("Where it is empty: given name and family name."),
  givenName: path,
  familyName: path,
  email: path,
  status: z
    .strictObject({
      path: memberPath,
      values: z
        .record(z.string(), status)
        .describe(
          'What each of the upstream\'s words means, such as `{ ACTIVE: active, "false": inactive }`; others are `unknown`.',
        ),
    })
    .optional(),
  kind: kind.default("unknown").describe("Of all accounts of this source."),
  createdAt: path,
  updatedAt: path.describe("Default: that of `incremental`."),
});

const incrementalSchema = z.strictObject({
  path: memberPath.describe("When an account changed last: ISO-8601, or seconds or milliseconds since 1970."),
  format: timestampFormat
    .default("iso")
    .describe("How `{{ since }}` is written: `iso`, `epochSeconds` or `epochMillis`."),
  precision: timestampPrecision
    .default("second")
    .describe(
      "Of `{{ since }}`: `day`, `second` or `millisecond`. Never finer than what the upstream compares by.",
    ),
  overlap: duration
    .default("5m")
    .describe("How far before the watermark a poll begins, for changes that show up late."),
  settle: duration.default("0s").describe("How far the watermark stays behind the upstream's clock."),
  start: z
    .string()
    .refine((text) => timeOf(text) !== null, "it must be a time, such as 2020-01-01T00:00:00Z")
    .optional()
    .describe(
      "`{{ since }}` of the first poll and of sweeps, for an upstream that insists on one. Default: it is left out.",
    ),
});

const sweepSchema = z.strictObject({
  request: sweepRequest.default({}),
  total: path.describe(
    "Where an answer counts the accounts of the whole list: a sweep that saw fewer is not complete.",
  ),
});

/** What an operator may set for an upstream that has no connector of its own. */
export const restSettings = z
  .strictObject({
    baseUrl: z.url({ protocol: /^https?$/ }).describe("What all addresses begin with."),
    request: listRequest,
    auth: authSchema.optional().describe("Exactly one of the following; left out where there is none."),
    pagination: paginationSchema
      .optional()
      .describe("Exactly one of the styles; left out where a list has a single page."),
    items: memberPath.default([]).describe("Where an answer has its accounts. Default: it is a list itself."),
    account: accountSchema
      .prefault({})
      .describe("Where an item has what every consumer knows; all of it is in `attributes`, too."),
    deleted: z
      .strictObject({
        path: memberPath,
        values: z
          .array(z.union([z.string(), z.number(), z.boolean()]))
          .min(1)
          .optional(),
      })
      .optional()
      .describe(
        "An item is a deleted account when it has one of these values there. Default: any but null, false and an empty text.",
      ),
    errorPath: path.describe(
      "An answer that has anything there (but null, false, 0 and what is empty) is an error, although its status says otherwise.",
    ),
    incremental: incrementalSchema
      .optional()
      .describe("How to ask what changed. Left out, every pass reads everything."),
    sweep: sweepSchema
      .optional()
      .describe("That, and how, the upstream lists every account: without `since`, and in this way."),
    get: lookUpRequest
      .extend({
        item: memberPath.default([]).describe("Where the answer has the account, or a list with it."),
      })
      .optional()
      .describe("How one account is looked up, to confirm that it is gone."),
  })
  .superRefine((settings, context) => {
    const { request, incremental, sweep } = settings;
    const faults = { request: requestFaults(request, settings), sweep: [] as string[] };
    if (incremental !== undefined && !namesIn(request).includes("since")) {
      faults.request.push("incremental needs {{ since }} somewhere in it");
    }
    if (sweep !== undefined) faults.sweep = requestFaults(sweepRequestOf(settings), settings);
    for (const [at, messages] of Object.entries(faults)) {
      for (const message of messages) context.addIssue({ code: "custom", path: [at], message });
    }
  });

/** Settings of a source that is read by settings alone. */
export type RestSettings = z.infer<typeof restSettings>;

/** How one account is looked up. */
export type LookUpRequest = NonNullable<RestSettings["get"]>;

function requestFaults(
  request: ListRequest,
  { pagination, incremental }: Pick<RestSettings, "pagination" | "incremental">,
): string[] {
  const names = namesIn(request);
  const style = styleOf(pagination);
  const faults = placeVariables
    .filter((name) => names.includes(name) !== (name === style))
    .map((name) =>
      name === style
        ? `pagination.${name} needs {{ ${name} }} somewhere in it`
        : `{{ ${name} }} needs pagination.${name}`,
    );
  if (names.includes("limit") && pagination === undefined) faults.push("{{ limit }} needs pagination.limit");
  if (names.includes("since") && incremental === undefined) faults.push("{{ since }} needs incremental");
  if (request.method === "GET" && request.body !== undefined) faults.push("a body needs method: POST");
  return faults;
}

function namesIn({ path, query, headers, body }: ListRequest): string[] {
  return variablesIn({ path, query, headers, body: body ?? null });
}

/** How the list of all accounts is asked for. */
export function sweepRequestOf({ request, sweep }: Pick<RestSettings, "request" | "sweep">): ListRequest {
  const { path, query, body } = sweep?.request ?? {};
  return {
    ...request,
    ...(path === undefined ? {} : { path }),
    ...(query === undefined ? {} : { query }),
    ...(body === undefined ? {} : { body }),
  };
}
