import { hash } from "node:crypto";
import { canonicalJson } from "./canonical-json.ts";
import type { JsonValue } from "./json.ts";

/** Eight hex digits that tell one cursor from another: what a person has seen of it, and what must not have moved since. */
export function cursorMark(cursor: JsonValue | null): string {
  return hash("sha256", canonicalJson(cursor), "hex").slice(0, 8);
}
