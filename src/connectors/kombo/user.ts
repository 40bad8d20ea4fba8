import {
  type AccountDocument,
  type AccountStatus,
  type Observation,
  type RejectedItem,
  accountDocument,
} from "../../core/account.ts";
import type { JsonObject, JsonValue } from "../../core/json.ts";
import { type ObservedItems, observeItems } from "../../sdk/observe-items.ts";
import { utcTime } from "../utc-time.ts";

/** Moves without meaning anything: what is linked to a user can change without it, and the user's own change shows by itself. */
export const volatile: readonly string[] = ["updatedAt", "attributes.changed_at"];

const statuses: Readonly<Record<string, AccountStatus>> = { ACTIVE: "active", INACTIVE: "inactive" };
/** What is left of a user whose data Kombo has wiped. */
const kept: readonly string[] = ["id", "changed_at", "remote_deleted_at"];

/** Rows of a page as observations; what cannot be understood is rejected. */
export function observeAll(rows: readonly JsonValue[]): ObservedItems {
  return observeItems(rows, observe);
}

/** What a user's record says: a document, a tombstone, or nothing at all. */
export function observe(id: string, user: JsonObject): Observation | RejectedItem {
  const deletedAt = user["remote_deleted_at"] ?? null;
  if (deletedAt !== null) {
    const at = utcTime(deletedAt);
    // Whatever else it says: Kombo wipes deleted users after 14 days, which is no update.
    if (at !== null) return { id, gone: true, at };
    return { raw: user, reason: "remote_deleted_at is not a time" };
  }
  // A record without any data must not overwrite what is known.
  if (isWiped(user)) return { id, present: true };
  return { id, document: documentOf(id, user) };
}

/** A user of an applicant tracking system as every consumer sees it. @see Kombo "Get users"; only `id` is relied upon */
function documentOf(id: string, user: JsonObject): AccountDocument {
  const givenName = text(user["first_name"]);
  const familyName = text(user["last_name"]);
  const fullName = [givenName, familyName].filter((part) => part !== null).join(" ");
  return accountDocument(
    {
      id,
      displayName: text(fullName),
      givenName,
      familyName,
      email: text(user["email"]),
      status: statuses[text(user["status"]) ?? ""] ?? "unknown",
      updatedAt: utcTime(user["changed_at"]),
    },
    user,
  );
}

function isWiped(user: JsonObject): boolean {
  return Object.entries(user).every(([member, value]) => kept.includes(member) || isEmpty(value));
}

function isEmpty(value: JsonValue): boolean {
  return value === null || (typeof value === "object" && Object.keys(value).length === 0);
}

function text(value: JsonValue | undefined): string | null {
  return typeof value === "string" && value.trim() !== "" ? value : null;
}
