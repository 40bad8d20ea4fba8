import { type JsonValue, isJsonObject } from "./json.ts";

/**
 * JSON text that is the same for equal values: members sorted by UTF-16 code units, no white space.
 * It is well-formed Unicode and free of raw NUL characters, so Postgres can keep it as text.
 */
export function canonicalJson(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  let text = "{";
  for (const member of Object.keys(value).sort()) {
    const inner = value[member];
    if (inner === undefined) continue;
    text += `${text === "{" ? "" : ","}${JSON.stringify(member)}:${canonicalJson(inner)}`;
  }
  return `${text}}`;
}
