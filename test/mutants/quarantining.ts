import type { Mutant } from "./mutant.ts";

/** Faults in what is known of items that cannot be understood, and of approved deletes that no look-up can tell of. */
export const quarantining: readonly Mutant[] = [
  {
    name: "existence taken for understanding",
    breaks: "an item leaves the quarantine only when all of its account is told",
    file: "src/app/understood-again.ts",
    edits: [['!("present" in one) && ', ""]],
    killer: { tests: ["test/app/redrive-quarantined.test.ts"] },
  },
  {
    name: "item not staged",
    breaks: "an account whose item cannot be understood is there, and not absent",
    file: "src/app/commit-page.ts",
    edits: [[", ...rejected.flatMap(({ accountId }) => accountId ?? [])", ""]],
    killer: { tests: ["test/app/redrive-quarantined.test.ts"] },
  },
  {
    name: "approved without staging",
    breaks: "what a person has approved is not absent because a crash has emptied the staging",
    file: "src/postgres/account.ts",
    edits: [["and seen = (select count(*)", "and 0 <= (select count(*)"]],
    killer: { tests: ["test/postgres/pass-rows.servers.test.ts"] },
  },
];
