import type { Mutant } from "./mutant.ts";

/** Faults in what counts as a change. */
export const diffing: readonly Mutant[] = [
  {
    name: "unchanged emitted",
    breaks: "an account that did not change makes no event",
    file: "src/core/diff.ts",
    edits: [["lives && last.hash === observation.hash", "false"]],
    killer: { tests: ["test/core/diff.test.ts"] },
  },
  {
    name: "version stands still",
    breaks: "the events of an account are numbered 1, 2, 3 …",
    file: "src/core/diff.ts",
    edits: [["(last?.version ?? 0) + 1", "last?.version ?? 1"]],
    killer: { tests: ["test/core/diff-properties.test.ts"] },
  },
  {
    name: "tombstone ignored",
    breaks: "what the upstream says is gone is deleted",
    file: "src/core/diff.ts",
    edits: [['"gone" in observation ? !lives :', '"gone" in observation ? true :']],
    killer: { tests: ["test/core/diff.test.ts"] },
  },
  {
    name: "volatile members fingerprinted",
    breaks: "members that must not make a difference make none",
    file: "src/core/fingerprint.ts",
    edits: [["compared === document ? text : documentText(compared)", "text"]],
    killer: { tests: ["test/core/fingerprint.test.ts"] },
  },
];
