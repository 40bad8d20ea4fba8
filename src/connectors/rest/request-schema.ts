import { z } from "zod";
import type { JsonValue } from "../../core/json.ts";
import { type Variable, variableFaults } from "./template.ts";

/** Variables of a list's requests that always have a value, so that a path may have them. */
const inPath: readonly Variable[] = ["page", "offset", "limit"];
const inList: readonly Variable[] = ["since", "page", "offset", "cursor", "limit"];

const scalar = z.union(
  [z.string(), z.number(), z.boolean()],
  "a parameter is a text, a number, true or false",
);

function allowing(variables: readonly Variable[]) {
  return (template: JsonValue, context: z.RefinementCtx<JsonValue>) => {
    for (const message of variableFaults(template, variables)) context.addIssue({ code: "custom", message });
  };
}

const pathOf = (variables: readonly Variable[]) =>
  z
    .string()
    .regex(/^\/[^?#]*$/, "a path begins with / and has no query: that is what query is for")
    .superRefine(allowing(variables));

const queryOf = (variables: readonly Variable[]) =>
  z.record(z.string(), z.union([scalar, z.array(scalar)]).superRefine(allowing(variables)));

/** How a list is asked for. */
export const listRequest = z.strictObject({
  method: z.enum(["GET", "POST"]).default("GET"),
  path: pathOf(inPath).describe("After `baseUrl`, such as `/users`."),
  query: queryOf(inList)
    .default({})
    .describe(
      'Parameters, such as `updated_since: "{{ since }}"`; a list repeats one. One without a value now is left out.',
    ),
  headers: z
    .record(
      z.string().regex(/^[\w-]+$/, "a header's name has letters, digits and hyphens only"),
      z.string().superRefine(allowing(inList)),
    )
    .default({})
    .describe("Sent with every request, also of `get`; likewise. Credentials belong in `auth`."),
  body: z
    .record(z.string(), z.json().superRefine(allowing(inList)))
    .optional()
    .describe("JSON of a POST; a text that is nothing but `{{ … }}` becomes its value, numbers as numbers."),
});

/** How a list is asked for. */
export type ListRequest = z.infer<typeof listRequest>;

/** What a sweep asks otherwise. */
export const sweepRequest = z.strictObject({
  path: pathOf(inPath).optional().describe("Instead of that of `request`."),
  query: queryOf(inList).optional().describe("Instead of that of `request`, as a whole."),
  body: listRequest.shape.body.describe("Instead of that of `request`, as a whole."),
});

/** How one account is asked for. */
export const lookUpRequest = z.strictObject({
  path: pathOf(["id"]).describe("Such as `/users/{{ id }}`."),
  query: queryOf(["id"]).default({}).describe('Such as `userId: "{{ id }}"`.'),
});
