import type { Mutant } from "./mutant.ts";

/** Faults in what privacy rules take away. */
export const hiding: readonly Mutant[] = [
  {
    name: "look-ups around the privacy rules",
    breaks: "what is fetched by id goes through the privacy rules like everything else",
    file: "src/app/private-connector.ts",
    edits: [["answer(await connector.get(ids, context))", "connector.get(ids, context)"]],
    killer: { tests: ["test/app/privacy.test.ts"] },
  },
  {
    name: "items quarantined as they came",
    breaks: "an item that is not understood goes through the privacy rules before it is quarantined",
    file: "src/core/privacy.ts",
    edits: [["raw: rejected(item.raw)", "raw: item.raw"]],
    killer: { tests: ["test/app/privacy.test.ts"] },
  },
  {
    name: "documents left under older rules",
    breaks: "when privacy rules change, no update publishes as the state before what they take away",
    file: "src/app/rewrite-stored.ts",
    edits: [["if (lane.source.privacyApplied === wanted)", "if (lane.source.privacyApplied !== undefined)"]],
    killer: { tests: ["test/app/rewrite-stored.test.ts"] },
  },
];
