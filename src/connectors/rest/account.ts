import {
  type AccountDocument,
  type AccountStatus,
  type Observation,
  type RejectedItem,
  accountDocument,
} from "../../core/account.ts";
import type { JsonObject, JsonValue } from "../../core/json.ts";
import { itemId } from "../../sdk/item-id.ts";
import { type ObservedItems, observeItems } from "../../sdk/observe-items.ts";
import { type MemberPath, valueAt } from "./member-path.ts";
import type { RestSettings } from "./settings.ts";
import { timeOf } from "./timestamp.ts";

/** Items of a page as observations; what has no usable id is rejected. */
export function observeAll(items: readonly JsonValue[], settings: RestSettings): ObservedItems {
  return observeItems(
    items,
    (id, item) => observe(id, item, settings),
    (item) => accountId(item, settings),
  );
}

/** The id of an item, or why it has none that can be used. */
export function accountId(item: JsonValue, { account }: RestSettings): ReturnType<typeof itemId> {
  const id = valueAt(item, account.id) ?? null;
  return itemId(typeof item === "object" && item !== null && !Array.isArray(item) ? { id } : item);
}

/** When an item changed last, ISO-8601 UTC, or null when it does not say. */
export function changedAt(item: JsonValue, { account, incremental }: RestSettings): string | null {
  return timeAt(item, incremental?.path ?? account.updatedAt);
}

/** What an item says: a document, or a tombstone. */
export function observe(id: string, item: JsonObject, settings: RestSettings): Observation | RejectedItem {
  const { deleted } = settings;
  if (!isDeleted(item, settings)) return { id, document: documentOf(id, item, settings) };
  return { id, gone: true, at: deleted?.values === undefined ? timeAt(item, deleted?.path) : null };
}

/** Whether an item is about an account that is gone. */
export function isDeleted(item: JsonValue, { deleted }: RestSettings): boolean {
  if (deleted === undefined) return false;
  const said = valueAt(item, deleted.path) ?? null;
  if (deleted.values !== undefined) return deleted.values.some((value) => value === said);
  return said !== null && said !== false && said !== "";
}

function documentOf(id: string, item: JsonObject, { account, incremental }: RestSettings): AccountDocument {
  const givenName = textAt(item, account.givenName);
  const familyName = textAt(item, account.familyName);
  const fullName = [givenName, familyName].filter((part) => part !== null).join(" ");
  return accountDocument(
    {
      id,
      userName: textAt(item, account.userName),
      displayName: textAt(item, account.displayName) ?? (fullName === "" ? null : fullName),
      givenName,
      familyName,
      email: textAt(item, account.email),
      status: statusOf(item, account.status),
      kind: account.kind,
      createdAt: timeAt(item, account.createdAt),
      updatedAt: timeAt(item, account.updatedAt ?? incremental?.path),
    },
    item,
  );
}

function statusOf(item: JsonValue, status: RestSettings["account"]["status"]): AccountStatus {
  if (status === undefined) return "unknown";
  const value = valueAt(item, status.path) ?? null;
  const said = typeof value === "string" ? value : JSON.stringify(value);
  return Object.hasOwn(status.values, said) ? (status.values[said] ?? "unknown") : "unknown";
}

function textAt(item: JsonValue, path: MemberPath | undefined): string | null {
  const value = path === undefined ? undefined : valueAt(item, path);
  return typeof value === "string" && value.trim() !== "" ? value : null;
}

function timeAt(item: JsonValue, path: MemberPath | undefined): string | null {
  return path === undefined ? null : timeOf(valueAt(item, path));
}
