import { z } from "zod";
import { type JsonValue, isJsonObject } from "../../core/json.ts";

/** Where a value stands in an answer or an item: `data.items`, or a list of names where a name has a dot. A number counts from 0 in a list. */
export const memberPath = z.union([z.string().min(1), z.array(z.string().min(1))], {
  error: ({ input }) =>
    `${input === undefined ? "it is missing" : "it is no path"}; write it like data.items, or as a list of names`,
});

/** Where a value stands; an empty list of names is the whole. */
export type MemberPath = z.infer<typeof memberPath>;

/** The value at a path; undefined when there is none. */
export function valueAt(value: JsonValue, path: MemberPath): JsonValue | undefined {
  let found: JsonValue | undefined = value;
  for (const name of Array.isArray(path) ? path : path.split(".")) {
    if (Array.isArray(found)) found = /^\d+$/.test(name) ? found[Number(name)] : undefined;
    else if (isJsonObject(found)) found = Object.hasOwn(found, name) ? found[name] : undefined;
    else return undefined;
  }
  return found;
}
