import type { JsonObject, JsonValue } from "./json.ts";

/** Where an account stands in its life, in words that fit every upstream. */
export type AccountStatus = "active" | "inactive" | "suspended" | "pending" | "deleted" | "unknown";

/** Whom an account is for. */
export type AccountKind = "person" | "service" | "unknown";

/** What every upstream's account looks like to a consumer; `attributes` holds the upstream's own members. */
export interface AccountDocument {
  /** The upstream's stable key, as text. */
  id: string;
  userName: string | null;
  displayName: string | null;
  givenName: string | null;
  familyName: string | null;
  email: string | null;
  status: AccountStatus;
  kind: AccountKind;
  /** Upstream time, ISO-8601 UTC, or null. */
  createdAt: string | null;
  /** Upstream time, ISO-8601 UTC, or null. */
  updatedAt: string | null;
  /** The upstream's own members. Null and absent mean the same: nulls are neither stored nor published nor compared. */
  attributes: JsonObject;
}

/** The names of the members of an account document. */
export const commonMembers: readonly string[] = Object.keys(accountDocument({ id: "" }, {}));

/** What an upstream just said about one account: its document, that it exists, or that it is gone. */
export type Observation =
  | { id: string; document: AccountDocument }
  /** It exists, but this answer did not carry its document (a sweep over ids only). */
  | { id: string; present: true }
  /** It is gone: a tombstone or a 404. `at` is upstream time (ISO-8601 UTC) where it names one. */
  | { id: string; gone: true; at: string | null };

/** An item that could not be understood: kept in quarantine with the reason, never dropped. */
export interface RejectedItem {
  raw: JsonValue;
  /** The account it is about, where that can be told: by it the item can be looked up again. */
  accountId?: string;
  /** One sentence. */
  reason: string;
}

/** Longest account id that is accepted, in characters (it is part of a Kafka key and of two indexes). */
export const maxIdLength = 512;

/** Fills an account document from what a connector could map: members that are left out are null or `unknown`. */
export function accountDocument(
  fields: Pick<AccountDocument, "id"> & Partial<Omit<AccountDocument, "attributes">>,
  attributes: JsonObject,
): AccountDocument {
  return {
    userName: null,
    displayName: null,
    givenName: null,
    familyName: null,
    email: null,
    status: "unknown",
    kind: "unknown",
    createdAt: null,
    updatedAt: null,
    ...fields,
    attributes,
  };
}

/** When the upstream says that an account changed: ISO-8601 UTC, or null. */
export function upstreamTimeOf({ updatedAt, createdAt }: AccountDocument): string | null {
  return updatedAt ?? createdAt;
}

const controlCharacter = /\p{Cc}/u;

/** Says why a text cannot be an account id, or null when it can. */
export function whyNotAnId(id: unknown): string | null {
  if (typeof id !== "string") return "the item has no id";
  if (id === "") return "the item's id is empty";
  if (id.length > maxIdLength) return `the item's id is longer than ${maxIdLength} characters`;
  // Also keeps ids apart from the separator that the database adapter joins them with.
  if (controlCharacter.test(id)) return "the item's id contains a control character";
  if (!id.isWellFormed()) return "the item's id is not well-formed Unicode";
  return null;
}
