import type { AccountRecord, Version } from "../truth.ts";

/** A value that accounts are filtered or sorted by; null sorts behind everything, as in Postgres. */
export type FieldValue = string | number | boolean | null;

export type Operator = "eq" | "in" | "sw" | "ge" | "gt" | "le" | "lt";

/** What the list can do with one member of an account. */
export interface Field {
  readonly type: "text" | "instant" | "flag";
  readonly operators: readonly Operator[];
  readonly isSortable: boolean;
  readonly read: (version: Version) => FieldValue | readonly string[];
}

const parsed = new WeakMap<Version, AccountRecord>();

/** An account's members; kept while the version lives, since only rare requests need them. */
export function recordOf(version: Version): AccountRecord {
  const known = parsed.get(version);
  if (known !== undefined) return known;
  const record = JSON.parse(version.json ?? "{}") as AccountRecord;
  parsed.set(version, record);
  return record;
}

function member(...path: readonly string[]): (version: Version) => FieldValue {
  return (version) => {
    let value: unknown = recordOf(version);
    for (const name of path) value = (value as AccountRecord | null | undefined)?.[name];
    return typeof value === "string" || typeof value === "boolean" ? value : null;
  };
}

const text = (operators: readonly Operator[], read: Field["read"], isSortable = true): Field => {
  return { type: "text", operators, isSortable, read };
};
const flag = (operators: readonly Operator[], read: Field["read"], isSortable = true): Field => {
  return { type: "flag", operators, isSortable, read };
};
const instant = (operators: readonly Operator[], read: Field["read"]): Field => {
  return { type: "instant", operators, isSortable: true, read };
};

const SEARCHED: readonly Operator[] = ["eq", "in", "sw"];
const LISTED: readonly Operator[] = ["eq", "in"];
const ORDERED: readonly Operator[] = ["eq", "ge", "gt", "le", "lt"];
const EQUAL: readonly Operator[] = ["eq"];

function entitlements(version: Version): readonly string[] {
  const attributes = recordOf(version)["attributes"] as AccountRecord | null;
  const memberOf = attributes?.["memberOf"];
  return Array.isArray(memberOf) ? (memberOf as string[]) : [];
}

/**
 * The fields of a contract: `seed` is the older one, with fewer filters and slightly other sorters. Those that every scan
 * needs are read from the version itself, without parsing its record.
 *
 * @param stampsNew See `sailPointAccounts`.
 */
export function accountFields(contract: "current" | "seed", stampsNew: boolean): ReadonlyMap<string, Field> {
  const isSeed = contract === "seed";
  const newer = (operators: readonly Operator[]): readonly Operator[] => (isSeed ? [] : operators);
  const modified = (version: Version): FieldValue =>
    version.op === "insert" && !stampsNew ? null : version.atMs;
  return new Map<string, Field>([
    ["id", text(SEARCHED, (version) => version.id)],
    ["sourceId", text(SEARCHED, (version) => version.group)],
    ["created", instant(newer(ORDERED), (version) => version.createdAtMs)],
    ["modified", instant(newer(ORDERED), modified)],
    ["identityId", text(SEARCHED, member("identityId"))],
    ["name", text(SEARCHED, member("name"))],
    ["nativeIdentity", text(SEARCHED, member("nativeIdentity"))],
    ["uuid", text([], member("uuid"))],
    ["identity.id", text([], member("identity", "id"), isSeed)],
    ["identity.name", text(SEARCHED, member("identity", "name"))],
    ["identity.identityState", text(LISTED, member("identityState"))],
    ["identity.correlated", flag(EQUAL, (version) => member("identityId")(version) !== null)],
    ["source.displayableName", text(LISTED, member("sourceName"))],
    ["source.authoritative", flag(EQUAL, member("authoritative"))],
    ["source.connectionType", text(LISTED, member("connectionType"))],
    ["uncorrelated", flag(EQUAL, member("uncorrelated"), false)],
    ["entitlements", text(EQUAL, entitlements)],
    ["hasEntitlements", flag(newer(EQUAL), member("hasEntitlements"), false)],
    ["manuallyCorrelated", flag(newer(EQUAL), member("manuallyCorrelated"))],
    ["origin", text(newer(LISTED), member("origin"), !isSeed)],
  ]);
}
