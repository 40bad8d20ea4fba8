import { z } from "zod";
import type { JsonValue } from "../../core/json.ts";
import { followed, trailSchema, trailhead } from "../trail.ts";

/** Where reading stands in a chain of pages, each of which names the next by an opaque token. */
export const walkSchema = z.object({
  /** Of the page to read next; null for the first one. */
  token: z.string().nullable(),
  trail: trailSchema,
});

/** Where reading stands in a chain of pages. */
export type Walk = z.infer<typeof walkSchema>;

/** The first page. */
export const firstPage: Walk = { token: null, trail: trailhead };

/** The place after a page. @param token As the page names it. */
export function nextPage(walk: Walk, token: string | null): Walk | "end" | "circle" {
  if (token === null) return "end";
  const trail = followed(walk.trail, token);
  return trail === null ? "circle" : { token, trail };
}

/** Whether a page ends its chain without an account: one that is empty by mistake would hide everything behind it. */
export function isEmptyEnd(page: { accounts: readonly JsonValue[]; nextToken: string | null }): boolean {
  return page.accounts.length === 0 && page.nextToken === null;
}

/** A token or cursor; absent, null and empty mean the same: there is none. */
export function tokenOf(value: JsonValue | undefined): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
