import type { JsonValue } from "./json.ts";

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
  for (const member of Object.keys(value).sort()) {
    const inner = value[member];
    if (inner === undefined || (dropsNulls && inner === null)) continue;
    text += `${text === "{" ? "" : ","}${nameText(member)}:${textOf(inner, dropsNulls)}`;
  }
  return `${text}}`;
}

/** Names of members are few and come again with every account; a hostile upstream must not fill the memory with them. */
const nameTexts = new Map<string, string>();
const namesKept = 10_000;

function nameText(name: string): string {
  const known = nameTexts.get(name);
  if (known !== undefined) return known;
  const text = JSON.stringify(name);
  if (nameTexts.size < namesKept) nameTexts.set(name, text);
  return text;
}
