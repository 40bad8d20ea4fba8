import { type AccountDocument, accountDocument } from "../../core/account.ts";
import { type JsonObject, type JsonValue, isJsonObject } from "../../core/json.ts";
import { itemId } from "../../sdk/item-id.ts";
import { type ObservedItems, observeItems } from "../../sdk/observe-items.ts";
import { utcTime } from "../utc-time.ts";

/** Rows of a page as observations; what has no usable id is rejected. */
export function observeAll(rows: readonly JsonValue[]): ObservedItems {
  return observeItems(rows, (id, row) => ({ id, document: documentOf(id, row) }), userId);
}

/** The id of a user in a list, or why it has none that can be used. */
export function userId(row: JsonValue): ReturnType<typeof itemId> {
  return itemId(isJsonObject(row) ? { id: row["userId"] ?? null } : row);
}

/** A user of CENTURY as every consumer sees it. @see CENTURY Connect "List users"; only `userId` is relied upon */
export function documentOf(id: string, user: JsonObject): AccountDocument {
  const givenName = text(user["firstName"]);
  const familyName = text(user["lastName"]);
  const emails = Array.isArray(user["emails"]) ? user["emails"] : [];
  return accountDocument(
    {
      id,
      userName: text(user["username"]),
      displayName:
        text(user["fullName"]) ?? text([givenName, familyName].filter((part) => part !== null).join(" ")),
      givenName,
      familyName,
      email: emails.map(text).find((email) => email !== null) ?? null,
      kind: "person",
      createdAt: utcTime(user["createdAt"]),
      updatedAt: utcTime(user["updatedAt"]),
    },
    user,
  );
}

function text(value: JsonValue | undefined): string | null {
  return typeof value === "string" && value.trim() !== "" ? value : null;
}
