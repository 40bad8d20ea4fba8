import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { Refused } from "./refusal.ts";

/** The ways in which the service pages its list, each at an address of its own; the last one is asked with a body. */
export const restStyles = ["single", "page", "offset", "cursor", "nextUrl", "linkHeader", "search"] as const;

export type RestStyle = (typeof restStyles)[number];

const place = z.tuple([z.number(), z.string()]);

const listQuery = z.strictObject({
  since: z.string().optional(),
  deleted: z.enum(["true", "false"]).default("false"),
  page: z.coerce.number().int().min(1).default(1),
  offset: z.coerce.number().int().min(0).default(0),
  after: z.string().optional(),
  size: z.coerce.number().int().min(1).default(1_000),
});

const searchBody = z.strictObject({
  since: z.union([z.string(), z.number()]).optional(),
  deleted: z.boolean().default(false),
  after: z.string().optional(),
  page: z.strictObject({ size: z.number().int().min(1) }),
});

/** What a request asks for. */
export interface Wanted {
  style: RestStyle;
  /** As the service writes times. */
  since: string | number | undefined;
  /** Whether tombstones are shown. */
  deleted: boolean;
  page: number;
  offset: number;
  after: Place | undefined;
  size: number;
}

/** The account behind which a page begins, wherever that is now. */
export interface Place {
  atMs: number;
  id: string;
}

/** @throws Refused 400 naming what is wrong; 404 for a style that there is not. */
export function wantedBy(request: FastifyRequest): Wanted {
  const style = restStyles.find((each) => each === (request.params as { style: string }).style);
  if (style === undefined) throw new Refused(404, `the styles are ${restStyles.join(", ")}`);
  if (style === "search") {
    const { page, since, deleted, after } = parsed(searchBody, bodyOf(request));
    return { style, since, deleted, after: opened(after), size: page.size, page: 1, offset: 0 };
  }
  const { deleted, since, after, ...numbers } = parsed(listQuery, request.query);
  return { style, ...numbers, since, deleted: deleted === "true", after: opened(after) };
}

/** A place as the service hands it out. */
export function sealed({ atMs, id }: Place): string {
  return Buffer.from(JSON.stringify([atMs, id])).toString("base64url");
}

function opened(after: string | undefined): Place | undefined {
  if (after === undefined) return undefined;
  try {
    const [atMs, id] = place.parse(JSON.parse(Buffer.from(after, "base64url").toString()));
    return { atMs, id };
  } catch {
    throw new Refused(400, "the cursor is invalid");
  }
}

function bodyOf(request: FastifyRequest): unknown {
  try {
    return JSON.parse(String(request.body));
  } catch {
    throw new Refused(400, "the body is not JSON");
  }
}

function parsed<Schema extends z.ZodType>(schema: Schema, given: unknown): z.output<Schema> {
  const result = schema.safeParse(given);
  if (!result.success) throw new Refused(400, z.prettifyError(result.error));
  return result.data;
}
