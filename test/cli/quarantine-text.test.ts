import { expect, test } from "vitest";
import {
  type Redriven,
  quarantineListText,
  quarantinedText,
  redrivenText,
} from "../../src/cli/quarantine-text.ts";
import type { QuarantinedItem } from "../../src/ports/store.ts";

const nowMs = Date.parse("2026-03-01T12:00:00Z");

const item: QuarantinedItem = {
  id: "12",
  source: "acme-hr",
  accountId: "4711",
  reason: "the key may not read this employee",
  times: 3,
  pass: "poll",
  firstSeenAt: "2026-03-01T09:00:00.000Z",
  lastSeenAt: "2026-03-01T11:55:00.000Z",
  isWaiting: false,
  redrivenAt: null,
};
const nameless = { ...item, id: "9", accountId: null, times: 1, reason: "the item has no id" };

test("a list of items fits 80 columns, says how many are not shown, and what can be typed", () => {
  expect(quarantineListText([item, nameless, { ...item, id: "7", isWaiting: true }], 40, nowMs))
    .toBe(`ITEM  SOURCE   ACCOUNT  TIMES  FIRST  LAST  WHY
12    acme-hr  4711     3      3h     5m    the key may not read this employee
9     acme-hr  -        1      3h     5m    the item has no id
7     acme-hr  4711     3      3h     5m    (waits for its look-up) the key may…
and 40 more that were read before these

Look at one:                   tidemark quarantine show 12
Look all accounts up again:    tidemark quarantine redrive acme-hr`);
  expect(quarantineListText([item], 0, nowMs)).not.toContain("more");
  expect(quarantineListText([], 0, nowMs)).toBe("nothing is in quarantine");
});

test("an item shows why it is here, how often it was read, and what the upstream had sent", () => {
  expect(quarantinedText({ ...item, raw: { id: "4711" } }, nowMs)).toBe(`item 12 of acme-hr: account 4711
  the key may not read this employee
  read 3 times, first 2026-03-01T09:00Z (3h ago), last 2026-03-01T11:55Z (5m
  ago) by a poll

{
  "id": "4711"
}

To look the account up now:  tidemark quarantine redrive 12
To forget this item:         tidemark quarantine discard 12`);
});

test.each<[string, Partial<QuarantinedItem>, string, string]>([
  ["names no account", { accountId: null }, "item 12 of acme-hr: names no account\n", "To look the account"],
  ["was read once, nobody knows by what", { times: 1, pass: null }, "read once, last 2026-", " by a "],
  ["waits", { isWaiting: true }, "\n  waits for the look-up that was asked for\n", "and stayed"],
  [
    "was looked up in vain",
    { redrivenAt: "2026-03-01T11:58:00.000Z" },
    "\n  looked up again 2026-03-01T11:58Z (2m ago), and stayed\n",
    "waits",
  ],
])("an item that %s says so", (_what, changes, said, unsaid) => {
  const text = quarantinedText({ ...item, ...changes, raw: null }, nowMs);
  expect(text).toContain(said);
  expect(text).not.toContain(unsaid);
});

const running = { state: "running", sweepNotOffered: null };
const redriven: Redriven = {
  source: "acme-hr",
  asked: 12,
  resolved: 12,
  stay: 0,
  unidentified: 0,
  waiting: 0,
};

test("a redrive says how many have left, how many stay, and how many cannot be looked up, and what that means", () => {
  expect(redrivenText(redriven, running)).toBe("12 items of acme-hr:\n  12 left the quarantine");
  const parts = { resolved: 6, stay: 3, unidentified: 2, waiting: 1 };
  expect(redrivenText({ ...redriven, ...parts }, running)).toBe(`12 items of acme-hr:
  6 left the quarantine
  3 looked up, but still not understood, or not told
  2 not looked up, for lack of an account id; a sweep is due now, which reads
  everything anew
  1 waiting for the look-up: the source is busy

What is left:             tidemark quarantine list acme-hr`);
  const none = { ...redriven, asked: 1, resolved: 0 };
  expect(redrivenText({ ...none, unidentified: 1 }, { ...running, sweepNotOffered: "no list" })).toContain(
    "  1 not looked up, for lack of an account id; and there are no sweeps\n",
  );
  expect(redrivenText({ ...none, waiting: 1 }, { ...running, state: "halted" })).toBe(`1 item of acme-hr:
  1 waiting for the look-up: the source is halted

To let the source go on:  tidemark source resume acme-hr`);
});

test("80 columns are enough whatever the names and reasons", () => {
  const long = "n".repeat(63);
  const wide = { ...item, source: long, accountId: long, reason: "because ".repeat(40).trim() };
  const text = quarantineListText([wide], 1, nowMs).replace(`redrive ${long}`, "");
  expect(text.split("\n").filter((line) => line.length > 80)).toEqual([]);
  const shown = quarantinedText({ ...wide, raw: [] }, nowMs);
  expect(shown.split("\n").filter((line) => line.length > 80)).toEqual([]);
});
