import { createHmac, hash } from "node:crypto";
import { type AccountDocument, type Observation, type RejectedItem, accountDocument } from "./account.ts";
import { canonicalJson } from "./canonical-json.ts";
import { type JsonObject, type JsonValue, isJsonObject } from "./json.ts";
import { type PrivacyAction, type PrivacyRules, privacyActions, ruleList } from "./privacy-rules.ts";

/** What a masked value becomes. */
export const maskText = "***";
const isDigest = /^hmac-sha256:[0-9a-f]{64}$/;
const isSummary = /^(array|string|number|boolean|null) of \d+ bytes$/;

/** Privacy rules, ready to be applied. What they have been applied to once, they leave as it is. */
export interface Privacy {
  /** Tells these rules and their key from others, and reveals neither. */
  readonly fingerprint: string;
  document(document: AccountDocument): AccountDocument;
  /** An item that was not understood: its members are what `attributes` would have been; what has no members is only described. */
  rejected(raw: JsonValue): JsonValue;
  /** All that an upstream has answered. */
  answer<Answer extends { observations: Observation[]; rejected: RejectedItem[] }>(answer: Answer): Answer;
}

/** Where the walk through a document stands in the rules. */
interface Place {
  /** The rule for what is here and all below it. */
  rule: { action: PrivacyAction; rank: number } | null;
  members: Map<string, Place>;
  any: Place | null;
}

/**
 * @param key What digests are made with; null when nothing is hashed.
 * @throws Error when there are digests to make and no key.
 */
export function compilePrivacy(rules: PrivacyRules, key: string | null): Privacy {
  if (rules.hash.length > 0 && (key ?? "") === "") throw new Error("what is hashed needs a key");
  const root = placesOf(rules);
  const otherwise: PrivacyAction = rules.strict ? "drop" : "keep";
  const leftOf: Record<PrivacyAction, (value: JsonValue) => JsonValue | undefined> = {
    keep: (value) => value,
    hash: (value) => (isBlank(value) ? value : digest(value, key ?? "")),
    mask: (value) => (isBlank(value) ? value : maskText),
    drop: () => undefined,
  };

  /** @returns undefined when nothing is left. */
  function ruled(value: JsonValue, above: PrivacyAction, places: readonly Place[]): JsonValue | undefined {
    const action = actionAt(places) ?? above;
    const isWhole = places.length === 0 && (action === "keep" || action === "drop");
    if (isWhole || typeof value !== "object" || value === null) return leftOf[action](value);
    const left = Array.isArray(value) ? elements(value, action, places) : members(value, action, places);
    return action === "drop" && Object.keys(left).length === 0 ? undefined : left;
  }

  function elements(list: JsonValue[], action: PrivacyAction, places: readonly Place[]): JsonValue[] {
    const below = places.flatMap(elementsOf);
    return list.map((item) => ruled(item, action, below)).filter((item) => item !== undefined);
  }

  function members(object: JsonObject, action: PrivacyAction, places: readonly Place[]): JsonObject {
    const left: [string, JsonValue][] = [];
    for (const [name, inner] of Object.entries(object)) {
      const kept = ruled(inner, action, membersOf(places, name));
      if (kept !== undefined) left.push([name, kept]);
    }
    return Object.fromEntries(left);
  }

  function document({ id, attributes, ...common }: AccountDocument): AccountDocument {
    const left = members({ ...common, attributes }, otherwise, [root]);
    const { attributes: own, ...fields } = left as unknown as Partial<AccountDocument>;
    return accountDocument({ ...fields, id }, own ?? {});
  }

  function rejected(raw: JsonValue): JsonValue {
    if (isJsonObject(raw)) return members({ attributes: raw }, otherwise, [root])["attributes"] ?? {};
    if (typeof raw === "string" && isSummary.test(raw)) return raw;
    const kind = raw === null ? "null" : Array.isArray(raw) ? "array" : typeof raw;
    return `${kind} of ${Buffer.byteLength(JSON.stringify(raw))} bytes`;
  }

  return {
    fingerprint: fingerprintOf(rules, key),
    document,
    rejected,
    answer: (answer) => ({
      ...answer,
      observations: answer.observations.map((one) =>
        "document" in one ? { ...one, document: document(one.document) } : one,
      ),
      rejected: answer.rejected.map((item) => ({ ...item, raw: rejected(item.raw) })),
    }),
  };
}

function isBlank(value: JsonValue): boolean {
  return value === null || value === "";
}

/** What is a digest, or masked, has nothing left to hide. */
function digest(value: JsonValue, key: string): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  if (text === maskText || isDigest.test(text)) return text;
  return `hmac-sha256:${createHmac("sha256", key).update(text).digest("hex")}`;
}

function placesOf(rules: PrivacyRules): Place {
  const root = emptyPlace();
  for (const { path, action } of ruleList(rules)) {
    let place = root;
    for (const name of path) place = name === "*" ? (place.any ??= emptyPlace()) : memberOf(place, name);
    place.rule = { action, rank: path.length * privacyActions.length + privacyActions.indexOf(action) };
  }
  return root;
}

function emptyPlace(): Place {
  return { rule: null, members: new Map(), any: null };
}

function memberOf({ members }: Place, name: string): Place {
  const place = members.get(name) ?? emptyPlace();
  members.set(name, place);
  return place;
}

/** Of several rules the one with the longest path counts; of two as long, which are about lists then, the stricter one. */
function actionAt(places: readonly Place[]): PrivacyAction | null {
  let found: Place["rule"] = null;
  for (const { rule } of places) if (rule !== null && rule.rank > (found?.rank ?? 0)) found = rule;
  return found?.action ?? null;
}

function membersOf(places: readonly Place[], name: string): Place[] {
  const found: Place[] = [];
  for (const { members, any } of places) {
    const place = members.get(name);
    if (place !== undefined) found.push(place);
    if (any !== null) found.push(any);
  }
  return found;
}

/** A list may be left out of a path: what is meant for a member must not miss it because there are several of them. */
function elementsOf({ members, any }: Place): Place[] {
  const through: Place[] = members.size === 0 ? [] : [{ rule: null, members, any: null }];
  return any === null ? through : [...through, any];
}

function fingerprintOf(rules: PrivacyRules, key: string | null): string {
  const paths = ruleList(rules).map(({ path, action }) => [action, path.join(".")]);
  const keyed =
    key === null ? null : createHmac("sha256", key).update("tidemark privacy rules").digest("hex");
  return hash("sha256", canonicalJson([rules.strict, paths, keyed]), "hex");
}
