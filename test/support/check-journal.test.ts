import { describe, expect, it } from "vitest";
import type { Op } from "../../src/core/change.ts";
import { eventHeaders } from "../../src/core/event.ts";
import { partitionOf } from "../../src/core/murmur2.ts";
import { type JournalledEvent, type StoredAccount, checkJournal } from "./check-journal.ts";
import type { CommittedRecord } from "./console-consumer.ts";
import { sampleHash, sampleRow } from "./sample-journal-rows.ts";

const partitions = 3;

type Row = Omit<JournalledEvent, "replay"> & { op: Op; replay?: { id: string; originSeq: string | null } };

function recordOf(row: Row, offset: number): CommittedRecord {
  const { topic, key, value } = row;
  const headers = eventHeaders({ ...row, observedAt: row.observedAt.toISOString() }, row.shard);
  return { topic, partition: partitionOf(key, partitions), offset, key, value, headers };
}

/** A journal, what was published of it, and the accounts that result: nothing is wrong with them. */
function sound() {
  const rows = [
    sampleRow(1, "7", 1, "inserted"),
    sampleRow(2, "7", 2, "updated"),
    sampleRow(3, "7", 3, "deleted"),
    sampleRow(4, "7", 4, "inserted"),
    sampleRow(5, "8", 1, "inserted"),
  ];
  const accounts: StoredAccount[] = [
    { key: "hr/7", version: 4, hash: sampleHash(4), isDeleted: false },
    { key: "hr/8", version: 1, hash: sampleHash(1), isDeleted: false },
  ];
  return { rows, accounts, records: rows.map(recordOf) };
}

function at<T>(list: readonly T[], index: number): T {
  const found = list[index];
  if (found === undefined) throw new RangeError(`there is no entry ${index}`);
  return found;
}

type Sound = ReturnType<typeof sound>;

/** That, and a replay of its first two events with a snapshot of another. */
function replayed(): Sound {
  const { rows, accounts } = sound();
  const again = rows.slice(0, 2).map((row, index) => ({
    ...row,
    seq: String(6 + index),
    batchNonce: "99",
    replay: { id: "3", originSeq: row.seq },
  }));
  const snapshot = { ...sampleRow(8, "8", 1, "snapshot"), replay: { id: "4", originSeq: null } };
  const all: Row[] = [...rows, ...again, snapshot];
  return { rows: all, accounts, records: all.map(recordOf) };
}

const accidents: [string, (at: Sound) => void, RegExp][] = [
  [
    "an event that was lost",
    ({ records }) => void records.pop(),
    /^I1 no loss: 2:5 is in the journal, but not published/,
  ],
  [
    "an event that was published twice",
    ({ records }) => void records.push(...records.slice(-1)),
    /^I2 no duplicate: 2:5 is published twice/,
  ],
  [
    "an event without a row",
    ({ rows }) => void rows.pop(),
    /^I4 no ghost: 2:5 is published, but not in the journal/,
  ],
  [
    "a gap in the journal",
    ({ rows, records }) => void [rows, records].map((list) => list.splice(1, 1)),
    /^I1 no loss: the journal has 2:3 where 2 is expected/,
  ],
  [
    "two events in the wrong order",
    ({ records }) => void records.splice(0, 2, ...records.slice(0, 2).toReversed()),
    /^I3 order: 2:1 comes after 2:2/,
  ],
  [
    "other bytes",
    ({ rows }) => void (rows[4] = { ...sampleRow(5, "8", 1, "inserted"), value: "{}" }),
    /^I4 no ghost: 2:5 has another topic, key or value/,
  ],
  [
    "another header",
    ({ rows }) => void (rows[4] = { ...sampleRow(5, "8", 1, "inserted"), batchNonce: "78" }),
    /^I4 no ghost: 2:5 has other headers/,
  ],
  [
    "a wrong partition",
    ({ records }) =>
      void records.splice(4, 1, ...records.slice(4).map((last) => ({ ...last, partition: 9 }))),
    /^I4 no ghost: 2:5 is in partition 9/,
  ],
  [
    "rows of another commit within one",
    ({ rows }) => {
      for (const index of [0, 2]) rows[index] = { ...at(rows, index), batchNonce: "99" };
    },
    /^I7 single writer: other rows lie between 2:1 and 2:3 of one commit/,
  ],
  [
    "one commit of two sources",
    ({ rows }) => {
      rows[3] = { ...at(rows, 3), batchNonce: "99" };
      rows[4] = { ...at(rows, 4), batchNonce: "99", key: "crm/8" };
    },
    /^I7 single writer: 2:4 and 2:5 of one commit tell of two sources/,
  ],
  [
    "an account that its last event does not tell of",
    ({ accounts }) => void accounts.splice(1, 1, { ...at(accounts, 1), hash: sampleHash(9) }),
    /^I5 state: the database holds .*hr\/8/,
  ],
  [
    "a record that is no event",
    ({ records }) => void records.splice(4, 1, { ...at(records, 4), value: "{}" }),
    /^I4 no ghost: a record of hr\/8 is no event/,
  ],
  [
    "an account in another state",
    ({ accounts }) => void accounts.splice(1, 1),
    /^I5 state: the topics tell of 2 accounts, the database holds 1/,
  ],
];

describe("checkJournal", () => {
  it("finds nothing wrong where nothing is", () => {
    const { rows, accounts, records } = sound();
    expect(checkJournal({ rows, accounts }, records, partitions)).toEqual([]);
  });

  it.each(accidents)("finds %s", (_, happen, sentence) => {
    const at = sound();
    happen(at);
    const faults = checkJournal(at, at.records, partitions);
    expect(faults).toEqual(expect.arrayContaining([expect.stringMatching(sentence)]));
  });

  it("finds nothing wrong with a replay and a snapshot", () => {
    const { rows, accounts, records } = replayed();
    expect(checkJournal({ rows, accounts }, records, partitions)).toEqual([]);
  });

  it.each<[string, Partial<Row>, RegExp]>([
    ["replayed twice", { replay: { id: "3", originSeq: "1" } }, /^I2 no duplicate: 2:1 by replay 3 is in/],
    ["replayed otherwise", { version: 9 }, /^I4 no ghost: 2:7 does not tell what 2:2 tells/],
    ["replayed of nothing", { replay: { id: "3", originSeq: "77" } }, /^I4 no ghost: 2:7 does not tell/],
    [
      "of another replay than published",
      { replay: { id: "5", originSeq: "2" } },
      /^I4 no ghost: 2:7 has other/,
    ],
  ])("finds what is %s", (_, difference, sentence) => {
    const found = replayed();
    found.rows[6] = { ...at(found.rows, 6), ...difference };
    const faults = checkJournal(found, found.records, partitions);
    expect(faults).toEqual(expect.arrayContaining([expect.stringMatching(sentence)]));
  });

  it("finds a missing version, an insert of the living and an update of the dead", () => {
    const rows = [
      sampleRow(1, "7", 1, "inserted"),
      sampleRow(2, "7", 3, "inserted"),
      sampleRow(3, "7", 4, "deleted"),
      sampleRow(4, "7", 5, "updated"),
    ];
    const accounts = [{ key: "hr/7", version: 5, hash: sampleHash(5), isDeleted: false }];
    expect(checkJournal({ rows, accounts }, rows.map(recordOf), partitions)).toEqual([
      "I3 order: hr/7 has version 3 after 1",
      "I3 order: hr/7 is inserted although it lives",
      "I3 order: hr/7 is updated although it does not live",
    ]);
  });
});
