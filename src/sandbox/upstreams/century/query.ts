import { z } from "zod";
import { Refused } from "./refusal.ts";
import { ROLES } from "./user-kind.ts";

const many = <Item extends z.ZodType<string>>(item: Item) =>
  z.preprocess(
    (value) => (Array.isArray(value) || value === undefined ? value : [value]),
    z.array(item).min(1).max(30).optional(),
  );

const sortFields = ["createdAt", "updatedAt"] as const;
const directions = ["asc", "desc"] as const;

/** The parameters of `GET /api/v1/users`. The vendor does not say what becomes of others: they are refused, since they are mistakes here. */
const userQuery = z
  .strictObject({
    userId: many(z.guid()),
    upn: many(z.string()),
    externalId: many(z.string()),
    username: many(z.string()),
    email: z.email().optional(),
    name: z.string().min(1).optional(),
    role: z.enum(ROLES).optional(),
    limit: z.coerce.number().int().min(1).max(100).optional(),
    offset: z.coerce.number().int().min(0).optional(),
    cursor: z.string().optional(),
    "sort[field]": z.enum(sortFields).optional(),
    "sort[direction]": z.enum(directions).optional(),
  })
  .refine(({ cursor, offset }) => cursor === undefined || offset === undefined, {
    message: "offset cannot be used with cursor",
  });

const cursorContent = z.object({
  limit: z.number(),
  sort: z.tuple([z.enum(sortFields), z.enum(directions)]),
  /** The last user shown, and how many were shown so far. */
  after: z.string(),
  shown: z.number(),
});

export type Cursor = z.infer<typeof cursorContent>;

/** A query with its cursor opened: order and limit are the cursor's. */
export type UserQuery = Omit<z.infer<typeof userQuery>, "cursor" | "limit"> & {
  limit: number;
  sort: Cursor["sort"];
  cursor: Cursor | null;
};

/** @throws Refused 400 naming the parameter that is wrong. */
export function parseUserQuery(given: unknown): UserQuery {
  const result = userQuery.safeParse(given);
  if (!result.success) throw new Refused(400, z.prettifyError(result.error));
  const { cursor: text, limit, ...query } = result.data;
  const field = query["sort[field]"];
  const direction = query["sort[direction]"];
  const sort: Cursor["sort"] = [field ?? "createdAt", direction ?? "desc"];
  if (text === undefined) return { ...query, sort, limit: limit ?? 100, cursor: null };
  const cursor = opened(text);
  const contradicts = (field !== undefined || direction !== undefined) && sort.join() !== cursor.sort.join();
  if (contradicts) throw new Refused(400, "The cursor belongs to another order.");
  return { ...query, sort: cursor.sort, limit: limit ?? cursor.limit, cursor };
}

export function sealed(cursor: Cursor): string {
  return Buffer.from(JSON.stringify(cursor)).toString("base64");
}

function opened(text: string): Cursor {
  try {
    return cursorContent.parse(JSON.parse(Buffer.from(text, "base64").toString("utf8")));
  } catch {
    throw new Refused(400, "The cursor is invalid.");
  }
}
