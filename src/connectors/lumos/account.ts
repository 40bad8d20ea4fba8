import {
  type AccountDocument,
  type AccountKind,
  type AccountStatus,
  accountDocument,
} from "../../core/account.ts";
import { type JsonObject, type JsonValue, isJsonObject } from "../../core/json.ts";
import { itemId } from "../../sdk/item-id.ts";
import { type ObservedItems, observeItems } from "../../sdk/observe-items.ts";

/** Accounts of an answer as observations; what has no usable id is rejected. */
export function observe(items: readonly JsonValue[]): ObservedItems {
  return observeItems(
    items,
    (id, item) =>
      item["user_status"] === "DELETED"
        ? { id, gone: true, at: null }
        : { id, document: documentOf(id, item) },
    (item) => itemId(isJsonObject(item) ? { id: item["integration_specific_id"] ?? null } : item),
  );
}

const statuses = new Map<JsonValue | undefined, AccountStatus>([
  ["ACTIVE", "active"],
  ["INACTIVE", "inactive"],
  ["SUSPENDED", "suspended"],
  // Its access is taken away, but the app still has it, and may bring it back.
  ["DEPROVISIONED", "inactive"],
  ["PENDING", "pending"],
]);

const kinds = new Map<JsonValue | undefined, AccountKind>([
  ["user", "person"],
  ["service", "service"],
]);

/** An account as every consumer sees it; the vendor gives no times. @see Lumos "FoundAccountData" */
function documentOf(id: string, item: JsonObject): AccountDocument {
  const givenName = text(item["given_name"]);
  const familyName = text(item["family_name"]);
  return accountDocument(
    {
      id,
      userName: text(item["username"]),
      displayName: text([givenName, familyName].filter((part) => part !== null).join(" ")),
      givenName,
      familyName,
      email: text(item["email"]),
      status: statuses.get(item["user_status"]) ?? "unknown",
      kind: kinds.get(item["account_type"]) ?? "unknown",
    },
    item,
  );
}

function text(value: JsonValue | undefined): string | null {
  return typeof value === "string" && value.trim() !== "" ? value : null;
}
