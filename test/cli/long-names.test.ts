import { expect, test } from "vitest";
import { checkpointListText, checkpointText } from "../../src/cli/cursor-text.ts";
import { doctorText } from "../../src/cli/doctor-text.ts";
import { holdListText, holdText } from "../../src/cli/hold-text.ts";
import { intentListText } from "../../src/cli/intent-text.ts";
import { quarantineListText, quarantinedText, redrivenText } from "../../src/cli/quarantine-text.ts";
import { replayListText, replayText } from "../../src/cli/replay-text.ts";
import { shortened } from "../../src/cli/shortened.ts";
import { sourceListText } from "../../src/cli/source-text.ts";
import { statusText } from "../../src/cli/status-text.ts";
import { table } from "../../src/cli/table.ts";
import { wrap } from "../../src/cli/wrap.ts";
import { withFreshness } from "../../src/app/overview-freshness.ts";
import type { Checkpoint, Hold, Intent, Overview, QuarantinedItem, Replay } from "../../src/ports/store.ts";

const nowMs = Date.parse("2026-11-22T12:00:00Z");
const at = "2026-11-12T12:00:00.000Z";
/** As long as the name of a source may be, the id of an account, and as large as a number may get. */
const name = `first-${"n".repeat(52)}-last`;
const account = `first-${"a".repeat(240)}-last`;
const id = "9223372036854775807";
const many = 2_147_483_647;
const reason = `the member ${account} is no text, and ${"so on ".repeat(30)}`;

const overview: Overview = {
  workers: [
    { id: `${name}.4194304.0a1b2c3d`, host: name, version: "10.10.10-rc.10", seenAgeMs: 300, shards: 1_024 },
  ],
  shards: [
    {
      shard: 0,
      owner: name,
      term: id,
      lastSeq: id,
      publishedSeq: "0",
      oldestAgeMs: 1e9,
      earliest: { seq: id, at },
    },
  ],
  sources: [
    {
      name,
      connector: "sailpoint",
      group: name,
      shard: 0,
      topic: account,
      state: "halted",
      haltedCode: "TIDEMARK_UPSTREAM_UNAUTHORIZED",
      haltedReason: reason,
      population: many,
      waiting: many,
      quarantined: many,
      failures: many,
      lastErrorCode: null,
      lastError: reason,
      lastPollAgeMs: 1e12,
      lastSweepAgeMs: 1e12,
      lastChangeAgeMs: 1e12,
      cursorAgeMs: 1e12,
      advancedAgeMs: 1e12,
      everyMs: 60_000,
      sweepEveryMs: 60_000,
      pollDueInMs: -1e12,
      sweepDueInMs: -1e12,
      windows: null,
      isLoaded: true,
      sweeping: false,
      sweepNotOffered: reason,
    },
  ],
};
const hold: Hold = {
  id,
  source: name,
  reason: "too-many-deletes",
  detail: reason,
  state: "approved",
  accounts: many,
  openedAt: at,
  decidedAt: at,
  decidedBy: name,
  note: reason,
};
const item: QuarantinedItem = {
  id,
  source: name,
  accountId: account,
  reason,
  times: many,
  pass: "look-back",
  firstSeenAt: at,
  lastSeenAt: at,
  redrivenAt: at,
  isWaiting: false,
};
const intent: Intent = {
  id,
  sourceId: 1,
  source: name,
  verb: "approve",
  actor: name,
  holdId: id,
  note: reason,
  itemId: null,
  items: null,
  arguments: null,
  answer: null,
  askedAt: at,
  doneAt: at,
  outcome: `refused: ${reason}`,
};
const checkpoint: Checkpoint = {
  id,
  source: name,
  cursor: { watermark: at },
  cursorVersion: 1,
  shard: 1_023,
  seq: id,
  population: many,
  reason: "look-back",
  actor: name,
  at,
};
const replay: Replay = {
  id,
  kind: "journal",
  source: name,
  since: null,
  until: null,
  accountId: account,
  ops: ["inserted", "updated", "deleted"],
  topic: account,
  pace: many,
  state: "failed",
  detail: reason,
  actor: name,
  askedAt: at,
  endedAt: at,
  expected: many,
  done: many,
  parts: [{ shard: 1_023, nextSeq: id, endSeq: id, done: many, endedAt: null }],
};

test.each<[string, string]>([
  ["status", statusText(overview, nowMs)],
  ["source list", sourceListText(withFreshness(overview, nowMs))],
  ["hold list", holdListText([hold], nowMs)],
  [
    "hold show",
    holdText(
      { ...hold, first: [{ id: account, document: JSON.stringify({ displayName: account }) }] },
      nowMs,
    ),
  ],
  ["quarantine list", quarantineListText([item], many, nowMs)],
  ["quarantine show", quarantinedText({ ...item, raw: {} }, nowMs)],
  [
    "quarantine redrive",
    redrivenText(
      { source: name, asked: many, resolved: many, stay: many, unidentified: many, waiting: many },
      { state: "halted", sweepNotOffered: null },
    ),
  ],
  ["intent list", intentListText([{ ...intent, waitsFor: name }], nowMs)],
  ["cursor list", checkpointListText([checkpoint], { source: name, hasOlder: true }, nowMs)],
  ["cursor show", checkpointText(checkpoint, nowMs)],
  ["replay list", replayListText([replay], { source: name, hasOlder: true }, nowMs)],
  ["replay show", replayText(replay, nowMs)],
  [
    "doctor",
    doctorText([
      { area: "upstreams", subject: account, state: "fault", message: reason, whatToDo: reason },
      { area: "configuration", subject: null, state: "ok", message: account, whatToDo: null },
    ]),
  ],
])("what %s prints fits 80 columns, however long the names are", (_command, text) => {
  // A command that is to be typed stays whole.
  const lines = text.split("\n").filter((line) => !/tidemark [a-z]+/.test(line));
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
});

test("a long name in a table keeps both of its ends, as names often begin alike", () => {
  const rows = [
    [name, "x"],
    ["short", "y"],
  ];
  expect(table(["SOURCE", "LAST"], rows, 26).split("\n")).toEqual([
    "SOURCE                LAST",
    "first-nnnn…nnnn-last  x",
    "short                 y",
  ]);
});

test("a word that is longer than a line loses its middle, others stay whole", () => {
  expect(wrap("one twotwotwotwo three", "  ", 10)).toBe("  one\n  twot…two\n  three");
  expect(shortened("abcdef", 6)).toBe("abcdef");
  expect(shortened("abcdefg", 6)).toBe("abc…fg");
});
