import { canonicalJson } from "./canonical-json.ts";
import { type JsonObject, type JsonValue, isJsonObject } from "./json.ts";

/**
 * Dotted paths of the members that differ, sorted; objects are compared member by member, arrays as a whole.
 * @param volatile Paths that never appear.
 */
export function changedPaths(before: JsonObject, after: JsonObject, volatile: readonly string[]): string[] {
  const paths: string[] = [];
  collect(before, after, "", paths);
  return paths
    .filter((path) => !volatile.some((hidden) => path === hidden || path.startsWith(`${hidden}.`)))
    .sort();
}

function collect(before: JsonObject, after: JsonObject, prefix: string, paths: string[]): void {
  for (const member of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const path = `${prefix}${member}`;
    const old = ownMember(before, member);
    const now = ownMember(after, member);
    if (isJsonObject(old) && isJsonObject(now)) collect(old, now, `${path}.`, paths);
    else if (old === undefined || now === undefined || canonicalJson(old) !== canonicalJson(now))
      paths.push(path);
  }
}

function ownMember(object: JsonObject, member: string): JsonValue | undefined {
  return Object.hasOwn(object, member) ? object[member] : undefined;
}
