import { commonMembers } from "./account.ts";
import { nearestName } from "./faults.ts";

/** What becomes of a member: it stays, it goes, its values become a fixed text, or a keyed digest. From the mildest to the strictest. */
export const privacyActions = ["keep", "hash", "mask", "drop"] as const;
export type PrivacyAction = (typeof privacyActions)[number];

/** Privacy rules as an operator writes them: dotted paths into the account document, `*` for any member or every element of a list. */
export interface PrivacyRules extends Record<PrivacyAction, string[]> {
  /** What no rule names is dropped. */
  strict: boolean;
  /** A reference to the key of the digests, such as `${env:NAME}`; never the key itself. */
  key?: string | undefined;
}

/** One rule, its path in pieces. */
export interface PrivacyRule {
  path: readonly string[];
  action: PrivacyAction;
}

/** The rules one by one, each once, in an order that does not depend on how they were written. */
export function ruleList(rules: PrivacyRules): PrivacyRule[] {
  return privacyActions.flatMap((action) =>
    [...new Set(rules[action])].sort().map((path) => ({ path: path.split("."), action })),
  );
}

/** Members whose values mean something to every consumer: a text that says nothing would break them. */
const meaningful = new Set(["status", "kind", "createdAt", "updatedAt"]);

/** Everything that is wrong with the rules, one sentence each, beginning with the setting that it is about. */
export function privacyFaults(rules: PrivacyRules): string[] {
  const list = ruleList(rules);
  const faults = list.flatMap((rule) => {
    const why = whyNotARule(rule);
    return why === null ? [] : [`${nameOf(rule)}: ${why}`];
  });
  for (const [index, one] of list.entries()) {
    for (const other of list.slice(index + 1)) {
      if (one.action === other.action || !overlap(one.path, other.path)) continue;
      faults.push(`${nameOf(one)} contradicts ${nameOf(other)}: both are about the same member`);
    }
  }
  return [...faults, ...keyFaults(rules)];
}

function whyNotARule({ path, action }: PrivacyRule): string | null {
  const [first = "", ...rest] = path;
  if (path.includes("")) return "a path is written as names with dots between them, such as attributes.ssn";
  if (first === "id" && action !== "keep")
    return "id is the account's key: it always stays, in events and in the database";
  if (!commonMembers.includes(first)) {
    const near = nearestName(
      first,
      commonMembers.filter((name) => name !== "id"),
    );
    return `an account has no member ${first}; ${near === null ? `the upstream's own begin with attributes.` : `did you mean ${[near, ...rest].join(".")}?`}`;
  }
  if (first !== "attributes" && rest.length > 0)
    return `${first} is a single value, there is nothing below it`;
  if (meaningful.has(first) && (action === "mask" || action === "hash"))
    return `consumers rely on what ${first} can be: keep it or drop it`;
  return null;
}

function keyFaults({ hash, key }: PrivacyRules): string[] {
  if (key === undefined)
    return hash.length === 0 ? [] : ["key is missing: hash needs one, such as ${env:TIDEMARK_PRIVACY_KEY}"];
  return /^\$\{(env|file):[^}]+\}$/.test(key)
    ? []
    : ["key: it must be ${env:NAME} or ${file:path}: what is written here would be stored"];
}

function nameOf({ path, action }: PrivacyRule): string {
  return `${action} ${path.join(".")}`;
}

/** Whether there are members that both paths name; of a longer and a shorter one, the longer wins. */
function overlap(one: readonly string[], other: readonly string[]): boolean {
  return (
    one.length === other.length &&
    one.every((name, index) => name === "*" || other[index] === "*" || name === other[index])
  );
}
