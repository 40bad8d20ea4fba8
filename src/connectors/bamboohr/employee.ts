import { type AccountDocument, type AccountStatus, accountDocument } from "../../core/account.ts";
import type { JsonObject, JsonValue } from "../../core/json.ts";
import { utcTime } from "../utc-time.ts";

/** What changes without meaning anything: signed addresses of photos, and the stamp that any field moves, seen or not. */
export const volatile: readonly string[] = [
  "updatedAt",
  "attributes.lastChanged",
  "attributes.photoUrl",
  "attributes.photoUploaded",
  "attributes.canUploadPhoto",
];

const statuses: Record<string, AccountStatus> = { active: "active", inactive: "inactive" };

/** An employee as every consumer sees it. @see BambooHR "Field names" */
export function documentOf(id: string, employee: JsonObject): AccountDocument {
  const givenName = text(employee["firstName"]);
  const familyName = text(employee["lastName"]);
  const fullName = [givenName, familyName].filter((part) => part !== null).join(" ");
  return accountDocument(
    {
      id,
      displayName: text(employee["displayName"]) ?? text(fullName),
      givenName,
      familyName,
      email: text(employee["workEmail"]),
      status: statuses[text(employee["status"])?.toLowerCase() ?? ""] ?? "unknown",
      kind: "person",
      updatedAt: utcTime(employee["lastChanged"]),
    },
    employee,
  );
}

/** A field's text; BambooHR writes empty texts and zero dates for nothing. */
function text(value: JsonValue | undefined): string | null {
  return typeof value === "string" && value.trim() !== "" && value !== "0000-00-00" ? value : null;
}
