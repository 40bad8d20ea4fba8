import type { JsonObject, JsonValue } from "./json.ts";

/**
 * JSON text that is the same for equal values: members sorted by UTF-16 code units, no white space.
 * It is well-formed Unicode and free of raw control characters, so Postgres can keep it as text.
 */
export function canonicalJson(value: JsonValue): string {
  return textOf(value, false);
}

/** The same without members that are null, at any depth: null and absent do not differ in it. */
export function canonicalJsonWithoutNulls(value: JsonValue): string {
  return textOf(value, true);
}

/** Written by hand because this runs over every member of every account that is ever read. */
function textOf(value: JsonValue, dropsNulls: boolean): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) {
    let text = "[";
    for (const [index, item] of value.entries())
      text += index === 0 ? textOf(item, dropsNulls) : `,${textOf(item, dropsNulls)}`;
    return `${text}]`;
  }
  let text = "{";
  for (const { name, nameText } of membersOf(value)) {
    const inner = value[name];
    if (inner === undefined || (dropsNulls && inner === null)) continue;
    text += `${text === "{" ? "" : ","}${nameText}:${textOf(inner, dropsNulls)}`;
  }
  return `${text}}`;
}

/** The members of an object, sorted, with their names as JSON. */
interface Members {
  names: readonly string[];
  sorted: readonly { name: string; nameText: string }[];
}

/**
 * Objects with the same members in the same order come again with every account, so sorting is done once for each such shape, found by the
 * number of its members. A hostile upstream must not fill the memory with them.
 */
const shapes = new Map<number, Members[]>();
const shapesKept = 20;
const membersKept = 64;

function membersOf(value: JsonObject): Members["sorted"] {
  const names = Object.keys(value);
  const known = shapes.get(names.length) ?? [];
  for (const shape of known) if (isSame(shape.names, names)) return shape.sorted;
  const sorted = names.toSorted().map((name) => ({ name, nameText: JSON.stringify(name) }));
  if (known.length < shapesKept && names.length <= membersKept)
    shapes.set(names.length, [{ names, sorted }, ...known]);
  return sorted;
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  for (let index = 0; index < one.length; index += 1) if (one[index] !== other[index]) return false;
  return true;
}
