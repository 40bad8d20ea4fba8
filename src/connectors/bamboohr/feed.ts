import type { RejectedItem } from "../../core/account.ts";
import { type JsonObject, isJsonObject } from "../../core/json.ts";
import { itemId } from "../../sdk/item-id.ts";
import { utcTime } from "../utc-time.ts";
import type { ChangeFeed } from "./api.ts";

/** One employee in the feed of changes, with its newest change only. */
export interface FeedEntry {
  id: string;
  /** Relative to `since`, so never believed, except that it is gone; words that nobody knows count as updates. */
  action: "Inserted" | "Updated" | "Deleted";
  /** ISO-8601 UTC; of an insertion it may be the time of insertion although the employee changed later. Empty when unreadable. */
  lastChanged: string;
}

/** The entries of a feed, in order of their ids; what has no usable id is rejected. */
export function entriesOf(feed: ChangeFeed): { entries: FeedEntry[]; rejected: RejectedItem[] } {
  const entries: FeedEntry[] = [];
  const rejected: RejectedItem[] = [];
  for (const { key, entry } of feed.entries) {
    const { id, reason } = itemId(entry, key);
    if (id === null || !isJsonObject(entry)) {
      rejected.push({ raw: entry, reason: reason ?? "" });
      continue;
    }
    entries.push({ id, action: actionOf(entry), lastChanged: utcTime(entry["lastChanged"]) ?? "" });
  }
  return { entries: entries.sort((left, right) => compareIds(left.id, right.id)), rejected };
}

function actionOf(entry: JsonObject): FeedEntry["action"] {
  const action = entry["action"];
  return action === "Inserted" || action === "Deleted" ? action : "Updated";
}

/** Ids are numbers as text: 9 comes before 10. */
export function compareIds(left: string, right: string): number {
  const [leftNumber, rightNumber] = [numberOf(left), numberOf(right)];
  if (leftNumber !== rightNumber) return leftNumber < rightNumber ? -1 : 1;
  return left < right ? -1 : left > right ? 1 : 0;
}

function numberOf(id: string): number {
  return /^\d{1,15}$/.test(id) ? Number(id) : Number.POSITIVE_INFINITY;
}
