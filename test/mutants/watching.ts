import type { Mutant } from "./mutant.ts";

/** How a source is, and what ends a pass that falls silent. */
export const watching: readonly Mutant[] = [
  {
    name: "a given-up lane reads the new revision",
    breaks: "what a pass brings after it was given up is not committed",
    file: "src/app/take-turn.ts",
    edits: [["else if (!lane.isGivenUp) await", "else await"]],
    killer: { tests: ["test/app/watchdog.test.ts"] },
  },
  {
    name: "a given-up sweep ends the next one",
    breaks: "a pass that was given up has no part in what comes after it",
    file: "src/app/leave-sweep.ts",
    edits: [["  pass.abort.signal.throwIfAborted();\n", ""]],
    killer: { tests: ["test/app/watchdog.test.ts"] },
  },
  {
    name: "pages are no sign of life",
    breaks: "a pass that gets on is not ended, however long it takes",
    file: "src/app/commit-page.ts",
    edits: [["  pass.watched.show();\n", ""]],
    killer: { tests: ["test/app/watchdog.test.ts"] },
  },
  {
    name: "a given-up lane is kept",
    breaks: "a source whose connector hangs is tried again",
    file: "src/app/run-worker.ts",
    edits: [["    shard.forget(lane);\n", ""]],
    killer: { tests: ["test/app/run-worker.test.ts"] },
  },
  {
    name: "closed windows make a source overdue",
    breaks: "a source is not stuck because its windows are closed",
    file: "src/core/overdue.ts",
    edits: [["hours.opensAt(nowMs) > nowMs ? 0 :", ""]],
    killer: { tests: ["test/core/overdue.test.ts"] },
  },
];
