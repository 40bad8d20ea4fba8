import { z } from "zod";
import { memberPath } from "./member-path.ts";

const styles = {
  page: z
    .strictObject({ start: z.number().int().min(0).default(1).describe("Number of the first page.") })
    .optional()
    .describe("Pages have numbers: `{{ page }}`."),
  offset: z
    .strictObject({})
    .optional()
    .describe("`{}`: a page begins behind a number of accounts: `{{ offset }}`."),
  cursor: z
    .strictObject({ path: memberPath.describe("Where an answer has it; null, empty or absent at the end.") })
    .optional()
    .describe("Every answer names the next page: `{{ cursor }}`."),
  nextUrl: z
    .strictObject({ path: memberPath.describe("Where an answer has it; null, empty or absent at the end.") })
    .optional()
    .describe("Every answer has the address of the next page, which must be of the same origin."),
  linkHeader: z
    .strictObject({})
    .optional()
    .describe('`{}`: the address of the next page is in the header `Link`, with `rel="next"`.'),
};

/** The kinds of pagination. */
export type PaginationStyle = keyof typeof styles;

const styleNames = Object.keys(styles) as PaginationStyle[];

/** How a list goes on: in exactly one way. */
export const paginationSchema = z
  .strictObject({
    ...styles,
    limit: z.number().int().min(2).max(10_000).default(100).describe("Accounts on a page: `{{ limit }}`."),
    more: memberPath
      .optional()
      .describe(
        "A member that is true as long as more follows. Default: the list ends with its cursor or address, or with an empty page.",
      ),
  })
  .refine(
    (pagination) => styleNames.filter((style) => pagination[style] !== undefined).length === 1,
    `it must have exactly one of ${styleNames.join(", ")}; leave pagination out where there is none`,
  );

/** How a list goes on. */
export type Pagination = z.infer<typeof paginationSchema>;

/** The style of a pagination; `none` where a list has a single page. */
export function styleOf(pagination: Pagination | undefined): PaginationStyle | "none" {
  return styleNames.find((style) => pagination?.[style] !== undefined) ?? "none";
}
