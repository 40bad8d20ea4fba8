import type { Mutant } from "./mutant.ts";

/** Checkpoints, moves of the cursor, and what is published again after them. */
export const rewinding: readonly Mutant[] = [
  {
    name: "two rewind at once",
    breaks: "a cursor is not moved by somebody who has not seen where it is now",
    file: "src/core/judge-move.ts",
    edits: [["cursorMark(cursor) !== seen", "cursorMark(cursor) === ''"]],
    killer: { tests: ["test/app/move-cursor.test.ts"] },
  },
  {
    name: "a turn during a rewind",
    breaks: "no turn begins from a place that is just being changed",
    file: "src/app/carry-out-intents.ts",
    edits: [['if (mustWait || when === "between-turns") lane', "if (mustWait) lane"]],
    killer: { tests: ["test/app/move-cursor.test.ts"] },
  },
  {
    name: "any version is read",
    breaks: "a cursor that another version of the connector wrote is not read",
    file: "src/core/cursor-version.ts",
    edits: [["cursor === null || cursorVersion === reader.cursorVersion", "cursorVersion > 0"]],
    killer: { tests: ["test/app/checkpoints.test.ts"] },
  },
  {
    name: "idle polls leave checkpoints",
    breaks: "a poll that produced nothing leaves a checkpoint only when the last one is old",
    file: "src/app/poll-source.ts",
    edits: [["return isOld || counts", "return !isOld || counts"]],
    killer: { tests: ["test/app/checkpoints.test.ts"] },
  },
  {
    name: "republishing goes on",
    breaks: "only the poll after a rewind publishes again what it reads unchanged",
    file: "src/app/poll-source.ts",
    edits: [["done: 0, hasEnded: true", "done: 0, hasEnded: false"]],
    killer: { tests: ["test/app/republishing.test.ts"] },
  },
  {
    name: "changed accounts come again",
    breaks: "what changed is an ordinary event, and not published again as well",
    file: "src/core/republished.ts",
    edits: [["for (const { accountId } of changes) ids.delete(accountId);", "void changes;"]],
    killer: { tests: ["test/core/republished.test.ts"] },
  },
];
