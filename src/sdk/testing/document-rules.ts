import type { AccountDocument } from "../../core/account.ts";
import { type JsonValue, isJsonObject } from "../../core/json.ts";
import { type ContractRule, whyWithout } from "./contract-rule.ts";
import { readWell } from "./trial.ts";
import { expectThat } from "./unmet.ts";

const statuses: readonly string[] = ["active", "inactive", "suspended", "pending", "deleted", "unknown"];
const kinds: readonly string[] = ["person", "service", "unknown"];
const texts = ["userName", "displayName", "givenName", "familyName", "email"] as const;
const instants = ["createdAt", "updatedAt"] as const;
const members: readonly string[] = ["id", "status", "kind", "attributes", ...texts, ...instants];

const unheardOf = { member: "unheardOfMember", value: { level: [7] }, word: "UNHEARD-OF" };

/** What an account looks like: the same for every upstream, with all that its upstream says. */
export const documentRules: readonly ContractRule[] = [
  {
    name: "every account has the common document",
    async run(trial) {
      const known = await trial.learn(new Map(), (await readWell(trial, null)).pages);
      expectThat(known.size > 0, "documents", "there were none");
      for (const [id, document] of known) {
        const faults = faultsOf(id, document);
        expectThat(faults.length === 0, "the common document", `of ${id}, ${faults.join(", ")}`);
      }
    },
  },
  {
    name: "members and words that nobody has heard of are kept",
    whyNot: whyWithout("editItems"),
    async run(trial, { upstream }) {
      const { editItems, wordMember } = upstream;
      const odd = {
        [unheardOf.member]: unheardOf.value,
        ...(wordMember === undefined ? {} : { [wordMember]: unheardOf.word }),
      };
      trial.proxy.strike({
        kind: "edited",
        edit: (answer) =>
          editItems?.(answer, ({ id, members }) => ({ id, members: { ...members, ...odd } })) ?? answer,
      });
      const known = await trial.learn(new Map(), (await readWell(trial, null)).pages);
      const [one] = known.values();
      expectThat(one !== undefined, "documents", "there were none");
      for (const [member, value] of Object.entries(odd)) {
        const kept: JsonValue = one.attributes[member] ?? null;
        expectThat(
          JSON.stringify(kept) === JSON.stringify(value),
          `attributes.${member} to be ${JSON.stringify(value)}`,
          `it is ${JSON.stringify(kept)}`,
        );
      }
      const faults = faultsOf(one.id, one);
      expectThat(faults.length === 0, "the common document all the same", faults.join(", "));
    },
  },
];

function faultsOf(id: string, document: AccountDocument): string[] {
  const isText = (value: unknown) => value === null || (typeof value === "string" && value !== "");
  return [
    ...members.filter((member) => !Object.hasOwn(document, member)).map((member) => `${member} is missing`),
    ...Object.keys(document)
      .filter((member) => !members.includes(member))
      .map((member) => `${member} belongs into attributes`),
    ...(document.id === id ? [] : ["the document has another id"]),
    ...texts
      .filter((member) => !isText(document[member]))
      .map((member) => `${member} is neither text nor null`),
    ...instants
      .filter((member) => !isInstant(document[member]))
      .map((member) => `${member} is neither an instant in UTC (ISO 8601) nor null`),
    ...(statuses.includes(document.status) ? [] : [`status is ${document.status}`]),
    ...(kinds.includes(document.kind) ? [] : [`kind is ${document.kind}`]),
    ...(isJsonObject(document.attributes) ? [] : ["attributes is no object"]),
  ];
}

function isInstant(value: string | null): boolean {
  return value === null || (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value) && Date.parse(value) > 0);
}
