import { whyNotAnId } from "../core/account.ts";
import { type JsonValue, isJsonObject } from "../core/json.ts";

/**
 * The id of an item in an answer, as text (numbers too), or why it has none that can be used.
 * @param key Stands in for an id that is missing: the name under which the item is listed.
 */
export function itemId(
  item: JsonValue,
  key: string | null = null,
): { id: string; reason: null } | { id: null; reason: string } {
  if (!isJsonObject(item)) return { id: null, reason: "the item is not an object" };
  const given = item["id"] ?? key;
  const id = typeof given === "number" ? String(given) : given;
  const reason = whyNotAnId(id);
  if (reason !== null || typeof id !== "string") return { id: null, reason: reason ?? "the item has no id" };
  return { id, reason: null };
}
