import { describe, expect, it } from "vitest";
import type { Op } from "../../src/core/change.ts";
import type { Replay } from "../../src/ports/store.ts";
import type { JournalledEvent } from "./check-journal.ts";
import { checkReplays } from "./check-replays.ts";
import { observedAt, sampleRow } from "./sample-journal-rows.ts";

function rowOf(
  seq: number,
  accountId: string,
  version: number,
  op: Op,
  replay: JournalledEvent["replay"] = null,
): JournalledEvent {
  return { ...sampleRow(seq, accountId, version, op), replay };
}

function replayOf(id: string, kind: Replay["kind"], done: number, changes: Partial<Replay> = {}): Replay {
  return {
    id,
    kind,
    source: "hr",
    accountId: null,
    ops: null,
    topic: null,
    since: null,
    until: null,
    pace: null,
    state: "done",
    detail: null,
    actor: "ann",
    askedAt: observedAt.toISOString(),
    endedAt: observedAt.toISOString(),
    expected: done,
    done,
    parts: [{ shard: 2, nextSeq: null, endSeq: null, done, endedAt: observedAt.toISOString() }],
    ...changes,
  };
}

const snapshotBy = (seq: number, accountId: string, version: number, id: string) =>
  rowOf(seq, accountId, version, "snapshot", { id, originSeq: null });
const copyOf = (seq: number, row: JournalledEvent, id: string): JournalledEvent => ({
  ...row,
  seq: String(seq),
  replay: { id, originSeq: row.seq },
});

/** Four accounts, of which one is gone; a snapshot during which another goes, a replay of the updates, a rewind to number 3. */
function sound() {
  const live = [
    rowOf(1, "a", 1, "inserted"),
    rowOf(2, "b", 1, "inserted"),
    rowOf(3, "b", 2, "deleted"),
    rowOf(4, "c", 1, "inserted"),
    rowOf(5, "c", 2, "updated"),
    rowOf(6, "d", 1, "inserted"),
  ];
  const snapshot = [
    snapshotBy(7, "a", 1, "1"),
    rowOf(8, "d", 2, "deleted"),
    rowOf(9, "a", 2, "updated"),
    snapshotBy(10, "c", 2, "1"),
  ];
  const again = live.filter(({ op }) => op !== "deleted").map((row, index) => copyOf(11 + index, row, "2"));
  const republished = [snapshotBy(16, "c", 2, "3")];
  const rows = [...live, ...snapshot, ...again, ...republished];
  const selected = [{ shard: 2, nextSeq: "7", endSeq: "6", done: 5, endedAt: observedAt.toISOString() }];
  const replays = [
    replayOf("1", "snapshot", 2),
    replayOf("2", "journal", 5, { ops: ["inserted", "updated"], parts: selected }),
    replayOf("3", "republish", 1, { expected: null }),
  ];
  return { rows, replays, rewinds: [{ replay: "3", toSeq: "3", fromSeq: "8" }] };
}

type Sound = ReturnType<typeof sound>;

const place = (seq: number) => (row: JournalledEvent) => row.seq === String(seq);

/** Takes a row away, and has its replay not count it, as a commit that forgot it would. */
function forget({ rows, replays }: Sound, seq: number): void {
  const [row] = rows.splice(rows.findIndex(place(seq)), 1);
  for (const replay of replays) if (replay.id === row?.replay?.id) replay.done -= 1;
}

/** Replaces a row by what it would be after a change. */
function change({ rows }: Sound, seq: number, changes: Partial<JournalledEvent>): void {
  const at = rows.findIndex(place(seq));
  const row = rows[at];
  if (row !== undefined) rows[at] = { ...row, ...changes };
}

const accidents: [string, (at: Sound) => void, RegExp][] = [
  ["a row that is counted and not there", ({ rows }) => rows.pop(), /^I1 .* replay 3 says it has brought 1 /],
  ["a snapshot without an account", (found) => forget(found, 10), /^I1 .* replay 1 has not brought hr\/c$/],
  [
    "a snapshot of the dead",
    ({ rows, replays }) => {
      rows.push(snapshotBy(17, "b", 2, "1"));
      for (const replay of replays) if (replay.id === "1") replay.done += 1;
    },
    /^I5 state: hr\/b at 2:17, brought by replay 1, does not live$/,
  ],
  [
    "a snapshot of an older state",
    (found) => change(found, 10, snapshotBy(10, "c", 1, "1")),
    /^I5 state: hr\/c at 2:10, .* is not as 2:5 has left it$/,
  ],
  [
    "an account that comes twice",
    ({ rows, replays }) => {
      rows.push(snapshotBy(17, "c", 2, "3"));
      for (const replay of replays) if (replay.id === "3") replay.done += 1;
    },
    /^I2 no duplicate: hr\/c at 2:17, brought by replay 3, was brought before$/,
  ],
  ["a rewind without an account", (found) => forget(found, 16), /^I1 .* replay 3 has not brought hr\/c$/],
  [
    "a replay without an event",
    (found) => forget(found, 13),
    /^I3 order: replay 2 brings 5 to accounts of shard 2 where 4 to accounts is expected$/,
  ],
  ["a replay without its first event", (found) => forget(found, 11), /^I1 .* replay 2 was to bring 5 /],
  [
    "a replay to another topic than the one that was asked for",
    (found) => change(found, 12, { topic: "elsewhere" }),
    /^I3 order: replay 2 brings 2 to elsewhere of shard 2 where 2 to accounts is expected$/,
  ],
];

describe("checkReplays", () => {
  it("finds nothing wrong with what came as it was to come", () => {
    const { rows, replays, rewinds } = sound();
    expect(checkReplays(rows, replays, rewinds)).toEqual([]);
  });

  it.each(accidents)("finds %s", (_, happen, sentence) => {
    const found = sound();
    happen(found);
    const faults = checkReplays(found.rows, found.replays, found.rewinds);
    expect(faults).toEqual(expect.arrayContaining([expect.stringMatching(sentence)]));
  });
});
