import type { Observation, RejectedItem } from "../core/account.ts";
import { type JsonObject, type JsonValue, isJsonObject } from "../core/json.ts";
import { itemId } from "./item-id.ts";

/** What a page of items comes to. */
export interface ObservedItems {
  observations: Observation[];
  rejected: RejectedItem[];
}

/**
 * Items of a list as observations; what has no usable id, and what `observe` does not understand, is rejected.
 * @param idOf Where the id is not a member `id`.
 */
export function observeItems(
  items: readonly JsonValue[],
  observe: (id: string, item: JsonObject) => Observation | RejectedItem,
  idOf: (item: JsonValue) => ReturnType<typeof itemId> = itemId,
): ObservedItems {
  const observations: Observation[] = [];
  const rejected: RejectedItem[] = [];
  for (const item of items) {
    const { id, reason } = idOf(item);
    if (id === null || !isJsonObject(item)) {
      rejected.push({ raw: item, reason: reason ?? "" });
      continue;
    }
    const seen = observe(id, item);
    if ("reason" in seen) rejected.push({ ...seen, accountId: id });
    else observations.push(seen);
  }
  return { observations, rejected };
}
