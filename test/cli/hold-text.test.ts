import { expect, test } from "vitest";
import { holdListText, holdText } from "../../src/cli/hold-text.ts";
import type { Hold } from "../../src/ports/store.ts";

const nowMs = Date.parse("2026-03-01T12:00:00Z");

const hold: Hold = {
  id: "3",
  source: "acme-hr",
  reason: "too-many-deletes",
  detail:
    "132 accounts would be deleted, 140 with those of the last 24 hours; the limit for 300 accounts is 100",
  state: "waiting",
  accounts: 132,
  openedAt: "2026-03-01T11:55:00.000Z",
  decidedAt: null,
  decidedBy: null,
  note: null,
};
const first = [
  { id: "a1", document: JSON.stringify({ displayName: "Ann Lee", email: "ann@x" }) },
  { id: "a2", document: JSON.stringify({ displayName: null, userName: null, email: "bob@x" }) },
  { id: "a3", document: null },
];

test("a list of holds fits 80 columns and says what to look at first", () => {
  const text = holdListText([{ ...hold, id: "2", state: "rejected" }, hold, { ...hold, id: "4" }], nowMs);
  expect(text).toBe(`HOLD  SOURCE   STATE     ACCOUNTS  OPENED  WHY
2     acme-hr  rejected  132       5m      132 accounts would be deleted, 140 w…
3     acme-hr  waiting   132       5m      132 accounts would be deleted, 140 w…
4     acme-hr  waiting   132       5m      132 accounts would be deleted, 140 w…

Look before you decide: tidemark hold show 3`);
  expect(holdListText([{ ...hold, state: "rejected" }], nowMs)).not.toContain("Look before");
  expect(holdListText([], nowMs)).toBe("nothing is on hold");
});

test("a hold that waits shows why, whose accounts are in it, how many more, and what can be typed", () => {
  expect(holdText({ ...hold, first }, nowMs)).toBe(`hold 3 of acme-hr: 132 deletes, waiting
  opened 2026-03-01T11:55Z (5m ago) because 132 accounts would be deleted, 140
  with those of the last 24 hours; the limit for 300 accounts is 100

ACCOUNT  NAME     EMAIL
a1       Ann Lee  ann@x
a2                bob@x
a3
and 129 more

To delete those that are still gone:  tidemark hold approve 3
To keep all of them:                  tidemark hold reject 3`);
});

test.each<[Hold["reason"], string[]]>([
  [
    "empty-sweep",
    [
      "132 deletes, waiting",
      "To delete those that are still gone:  tidemark hold approve 3\nTo keep all of them:                  tidemark hold reject 3",
    ],
  ],
  [
    "too-many-inserts",
    [
      "132 inserts, waiting",
      "To publish all of them:    tidemark hold approve 3\nTo leave all of them out:  tidemark hold reject 3",
    ],
  ],
  [
    "schema-drift",
    ["132 documents, waiting", "take the new members for granted:  tidemark hold approve 3\nTo leave"],
  ],
])("a hold because of %s says what it keeps, and what a decision leads to", (reason, said) => {
  const text = holdText({ ...hold, reason, first }, nowMs);
  for (const words of said) expect(text).toContain(words);
  expect(text.split("\n").filter((line) => line.length > 80)).toEqual([]);
});

const decision = { decidedAt: "2026-03-01T11:58:00.000Z", decidedBy: "ann" };

test.each<[string, Partial<Hold>, string[], string[]]>([
  [
    "rejected: it can still be approved",
    { state: "rejected", ...decision, note: "a broken export" },
    ["rejected by ann 2026-03-01T11:58Z (2m ago): a broken export", "hold approve 3"],
    ["hold reject 3"],
  ],
  [
    "approved: nothing is left to type",
    { state: "approved", ...decision, accounts: 3 },
    ["3 deletes, approved", "approved by ann 2026-03-01T11:58Z (2m ago)\n"],
    ["To delete", "and 0 more"],
  ],
  [
    "settled: nothing is left at all",
    { state: "approved", ...decision, accounts: 0 },
    ["hold 3 of acme-hr: settled, nothing is left in it"],
    ["To delete", "ACCOUNT"],
  ],
])("a hold that is %s", (_what, changes, said, unsaid) => {
  const shown = { ...hold, ...changes };
  const text = holdText({ ...shown, first: shown.accounts === 0 ? [] : first }, nowMs);
  for (const words of said) expect(text).toContain(words);
  for (const words of unsaid) expect(text).not.toContain(words);
});

test("80 columns are enough whatever the names and notes", () => {
  const long = "n".repeat(63);
  const wide: Hold = {
    ...hold,
    source: long,
    note: "because ".repeat(40).trim(),
    ...decision,
    state: "rejected",
  };
  const accounts = [{ id: long.repeat(8), document: JSON.stringify({ displayName: long.repeat(3) }) }];
  for (const text of [holdListText([wide], nowMs), holdText({ ...wide, first: accounts }, nowMs)]) {
    expect(text.split("\n").filter((line) => line.length > 80)).toEqual([]);
  }
});
