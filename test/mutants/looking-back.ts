import type { Mutant } from "./mutant.ts";

/** Passes that find what became visible late, and when any of them may start. */
export const lookingBack: readonly Mutant[] = [
  {
    name: "look-back moves the cursor",
    breaks: "a look-back leaves the cursor of the polls where it is",
    file: "src/app/look-back.ts",
    edits: [
      [
        "const { cursor = from, ...page } = await decide();",
        "const page = await decide(), { cursor = from } = page;",
      ],
    ],
    killer: { tests: ["test/app/look-back.test.ts"] },
  },
  {
    name: "look-back keeps its pages from a poll",
    breaks: "what a look-back has read ahead is not committed after a newer poll",
    file: "src/app/look-back.ts",
    edits: [["page.observed > 0 && mustYield()", "page.observed < 0"]],
    killer: { tests: ["test/app/look-back.test.ts"] },
  },
  {
    name: "look-back forgets the last one",
    breaks: "a look-back that is late reaches back to where the last one began",
    file: "src/app/look-back.ts",
    edits: [["startedAtMs - lookedBackAtMs", "0"]],
    killer: { tests: ["test/app/look-back.test.ts"] },
  },
  {
    name: "windows end a sweep",
    breaks: "a sweep that is under way goes on when the windows of its source close",
    file: "src/app/lane-windows.ts",
    edits: [["source.sweepAsked || source.openSweep !== null", "source.sweepAsked"]],
    killer: { tests: ["test/app/lane-windows.test.ts"] },
  },
  {
    name: "clocks never changed",
    breaks: "windows follow the clock on the wall, also over a change of it",
    file: "src/core/opening-hours.ts",
    edits: [["if (offsetAt(opens) === offset) return opens;", "if (offset >= 0) return opens;"]],
    killer: { tests: ["test/core/opening-hours.test.ts"] },
  },
];
