import type { Mutant } from "./mutant.ts";

/** Faults in what is told, or read, once more in a source's lane. */
export const snapshotting: readonly Mutant[] = [
  {
    name: "snapshot keeps its place to itself",
    breaks: "a snapshot goes on where it was, whoever goes on with it",
    file: "src/app/snapshot-source.ts",
    edits: [["position = last?.id ?? position;", "position = accounts[0]?.id ?? position;"]],
    killer: { tests: ["test/app/snapshot-source.test.ts"] },
  },
  {
    name: "snapshot does not give way",
    breaks: "a snapshot gives way after every chunk",
    file: "src/app/snapshot-source.ts",
    edits: [['if (yields(accounts.length)) return "yielded";', "yields(accounts.length);"]],
    killer: { tests: ["test/app/snapshot-source.test.ts"] },
  },
  {
    name: "snapshot goes first",
    breaks: "live events wait behind one chunk of a snapshot at most",
    file: "src/app/room-for-replay.ts",
    edits: [["journal.depth() <= mostWaiting", "true"]],
    killer: { tests: ["test/app/snapshot-source.test.ts"] },
  },
  {
    name: "replays starve sweeps",
    breaks: "a replay gives way to the sweeps of a source without polls",
    file: "src/app/take-turn.ts",
    edits: [['turn === "replay" ? feedDueAt(due) : due.pollDueAtMs', "due.pollDueAtMs"]],
    killer: { tests: ["test/app/snapshot-source.test.ts"] },
  },
  {
    name: "paused replays go on",
    breaks: "a turn of a replay begins with what the database says about it",
    file: "src/app/take-turn.ts",
    edits: [[' || turn === "replay"', ""]],
    killer: { tests: ["test/app/snapshot-source.test.ts"] },
  },
  {
    name: "backfill moves the cursor",
    breaks: "a backfill leaves the cursor of the polls where it is",
    file: "src/app/backfill-source.ts",
    edits: [
      [
        "const { cursor: after, ...page } = await decide();",
        "const page = await decide(), { cursor: after } = page;",
      ],
    ],
    killer: { tests: ["test/app/backfill-source.test.ts"] },
  },
  {
    name: "backfill begins anew",
    breaks: "a backfill goes on behind its last page",
    file: "src/app/backfill-source.ts",
    edits: [["if (place !== null) return place;", ""]],
    killer: { tests: ["test/app/backfill-source.test.ts"] },
  },
  {
    name: "backfill reads any version",
    breaks: "a backfill does not go on at a place that another version of the connector wrote",
    file: "src/app/backfill-source.ts",
    edits: [["place.cursorVersion !== cursorVersion", "place.cursorVersion < 0"]],
    killer: { tests: ["test/app/backfill-source.test.ts"] },
  },
];
