import {
  type AccountDocument,
  type AccountKind,
  type AccountStatus,
  accountDocument,
} from "../../core/account.ts";
import { type JsonObject, type JsonValue, isJsonObject } from "../../core/json.ts";
import { type ObservedItems, observeItems } from "../../sdk/observe-items.ts";
import { utcTime } from "../utc-time.ts";

/** Rows of a list as observations; what has no usable id is rejected. */
export function observe(rows: readonly JsonValue[]): ObservedItems {
  return observeItems(rows, (id, row) => ({ id, document: documentOf(id, row) }));
}

/** A SailPoint account as every consumer sees it. @see SailPoint "Account" schema; only `id` is relied upon */
export function documentOf(id: string, row: JsonObject): AccountDocument {
  const named = isJsonObject(row["attributes"]) ? row["attributes"] : {};
  const identity = isJsonObject(row["identity"]) ? row["identity"] : {};
  return accountDocument(
    {
      id,
      userName: text(row["name"]) ?? text(row["nativeIdentity"]),
      displayName: first(named, ["displayName", "fullName", "cn"]) ?? text(identity["name"]),
      givenName: first(named, ["givenName", "firstName", "firstname", "first_name"]),
      familyName: first(named, ["familyName", "lastName", "lastname", "last_name", "sn"]),
      email: first(named, ["email", "mail", "workEmail", "e-mail"]),
      status: statusOf(row),
      kind: kindOf(row),
      createdAt: utcTime(row["created"]),
      updatedAt: utcTime(row["modified"]) ?? utcTime(row["created"]),
    },
    row,
  );
}

function statusOf(row: JsonObject): AccountStatus {
  if (row["disabled"] === true) return "inactive";
  if (row["locked"] === true) return "suspended";
  return row["disabled"] === false ? "active" : "unknown";
}

/** `systemAccount` says that it is a user of SailPoint itself, not that it is a service: it tells nothing about the kind. */
function kindOf(row: JsonObject): AccountKind {
  if (row["isMachine"] === true) return "service";
  return row["uncorrelated"] === false ? "person" : "unknown";
}

function first(members: JsonObject, names: readonly string[]): string | null {
  for (const name of names) {
    const value = text(members[name]);
    if (value !== null) return value;
  }
  return null;
}

function text(value: JsonValue | undefined): string | null {
  return typeof value === "string" && value.trim() !== "" ? value : null;
}
