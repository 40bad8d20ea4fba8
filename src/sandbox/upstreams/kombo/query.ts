import { z } from "zod";
import { Refused } from "./refusal.ts";

const flag = z.enum(["true", "false"]).default("false");
const list = z.string().transform((text) => text.split(","));

/** The parameters of `GET /v1/ats/users`. The vendor does not say what becomes of others: they are refused, since they are mistakes here. */
const userQuery = z.strictObject({
  cursor: z.string().optional(),
  page_size: z.coerce.number().int().min(1).max(250).default(100),
  updated_after: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d+)?)?Z?$/)
    .transform((text) => Date.parse(text.endsWith("Z") || !text.includes("T") ? text : `${text}Z`))
    .optional(),
  include_deleted: flag,
  ignore_unsupported_filters: flag,
  ids: list.pipe(z.array(z.string().length(24))).optional(),
  remote_ids: list.optional(),
  emails: list.optional(),
});

export type UserQuery = z.infer<typeof userQuery>;

/** @throws Refused 400 naming the parameter that is wrong. */
export function parseUserQuery(query: unknown): UserQuery {
  const result = userQuery.safeParse(query);
  if (!result.success) throw new Refused(400, z.prettifyError(result.error));
  return result.data;
}

/** A place behind a user, in Kombo's order; it knows nothing of the filters, which have to be sent again. */
export function cursorAfter(id: string, nowMs: number): string {
  return Buffer.from(JSON.stringify({ after: id, at: nowMs })).toString("base64");
}

/** @throws Refused 400 for what is no cursor, or one that is too old. */
export function idOfCursor(cursor: string, nowMs: number, validMs: number): string {
  const known = z.object({ after: z.string(), at: z.number() }).safeParse(parsed(cursor));
  if (!known.success || nowMs - known.data.at > validMs) throw new Refused(400, "The cursor is invalid.");
  return known.data.after;
}

function parsed(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, "base64").toString("utf8"));
  } catch {
    return null;
  }
}
