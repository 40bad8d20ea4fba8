import type { Mutant } from "./mutant.ts";

/** Faults in what consumers decide by. */
export const consuming: readonly Mutant[] = [
  {
    name: "gaps are not seen",
    breaks: "a live event that skips versions shows a gap",
    file: "src/consumer/judge-record.ts",
    edits: [["version === last + 1 || mayBeFirst", "version > last || mayBeFirst"]],
    killer: { tests: ["test/consumer/judge-record.test.ts"] },
  },
  {
    name: "snapshots are gaps",
    breaks: "a snapshot brings a consumer forward wherever it stands",
    file: "src/consumer/judge-record.ts",
    edits: [[" || isPublishedAgain(record);", ";"]],
    killer: { tests: ["test/consumer/judge-record.test.ts"] },
  },
  {
    name: "pointers are final",
    breaks: "a snapshot brings the document that a pointer of the same version could not",
    file: "src/consumer/judge-record.ts",
    edits: [["applied?.isPointer === true", "false"]],
    killer: { tests: ["test/consumer/judge-record.test.ts"] },
  },
];
