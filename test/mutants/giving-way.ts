import type { Mutant } from "./mutant.ts";

const tests = ["test/app/polls-give-way.test.ts"];

/** Polls that give way to what a person has asked for. */
export const givingWay: readonly Mutant[] = [
  {
    name: "poll does not give way",
    breaks: "what a person asks for does not wait for the end of a first load",
    file: "src/app/poll-source.ts",
    edits: [["lane.isAwaited && isPlaced", "false"]],
    killer: { tests },
  },
  {
    name: "poll gives way without its place",
    breaks: "a poll that has given way goes on behind what it has read without a change",
    file: "src/app/poll-source.ts",
    edits: [["  if (unwritten !== undefined) {\n", "  if (unwritten === null) {\n"]],
    killer: { tests },
  },
  {
    name: "poll forgets what it has counted",
    breaks: "the guard counts all that a poll has read, although it gave way in between",
    file: "src/app/poll-source.ts",
    edits: [["Object.assign(pass, lane.polling);", ""]],
    killer: { tests },
  },
  {
    name: "poll counts across a rewind",
    breaks: "a poll from another cursor is another poll",
    file: "src/app/lane.ts",
    edits: [["  lane.polling = null;\n  lane.isPolledAgain", "  lane.isPolledAgain"]],
    killer: { tests },
  },
  {
    name: "poll knows no pace",
    breaks: "what is published again comes no faster than a person wants it",
    file: "src/app/poll-source.ts",
    edits: [["      await pace(pass, paceAllowsAtMs);\n", ""]],
    killer: { tests: ["test/app/republishing.test.ts"] },
  },
];
