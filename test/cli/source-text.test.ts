import { expect, test } from "vitest";
import { intentListText } from "../../src/cli/intent-text.ts";
import { previewText } from "../../src/cli/preview-text.ts";
import { type ShownSource, sourceListText, sourceText } from "../../src/cli/source-text.ts";
import { waitsFor } from "../../src/cli/waits-for.ts";
import type { Preview } from "../../src/core/preview.ts";
import type { Intent, Overview } from "../../src/ports/store.ts";

const nowMs = Date.parse("2026-03-01T12:00:00.000Z");
const at = (agoMs: number) => new Date(nowMs - agoMs).toISOString();
const long = "a-sentence-of-many-words ".repeat(12).trim();

const intent: Intent = {
  id: "7",
  sourceId: 1,
  source: "acme-hr",
  verb: "pause",
  actor: "ann",
  holdId: null,
  note: null,
  itemId: null,
  items: null,
  arguments: null,
  answer: null,
  askedAt: at(5_000),
  doneAt: null,
  outcome: null,
};

const source: ShownSource = {
  name: "acme-hr",
  connector: "bamboohr",
  group: null,
  shard: 3,
  topic: "tidemark.bamboohr.accounts",
  state: "running",
  haltedCode: null,
  haltedReason: null,
  population: 300,
  waiting: 0,
  quarantined: 0,
  failures: 0,
  lastErrorCode: null,
  lastError: null,
  lastPollAgeMs: 2_000,
  lastSweepAgeMs: null,
  lastChangeAgeMs: 400_000,
  cursorAgeMs: 2_000,
  advancedAgeMs: 2_000,
  everyMs: 60_000,
  sweepEveryMs: 86_400_000,
  pollDueInMs: 58_000,
  sweepDueInMs: 7_000_000,
  windows: null,
  isLoaded: true,
  sweeping: false,
  sweepNotOffered: null,
  pollAsked: false,
  sweepAsked: false,
  freshness: "current",
  budget: { requests: 95, perMs: 10_000 },
  lookBack: null,
  lookBackDueInMs: null,
  deleteLimit: null,
  insertLimit: null,
  rejectLimit: null,
  drift: "warn",
  owner: "host.1.aa",
  settings: {},
  openSweep: null,
  replays: [],
  passes: [],
  intents: [],
};

function fits(text: string): void {
  expect(text.split("\n").filter((line) => line.length > 80)).toEqual([]);
}

test("a running source tells when it polls and sweeps next, and nothing that there is not", () => {
  expect(sourceText(source, nowMs)).toBe(`acme-hr is current

State       running
Connector   bamboohr
Accounts    300
Topic       tidemark.bamboohr.accounts
Shard       3, owned by host.1.aa
Polls       every 1m, last 2s ago, next in 58s
Sweeps      every 1d, last never, next in 117m
Cursor      moved 2s ago
Changed     7m ago`);
});

test("what is due starts when its windows open, a sweep that is under way and the first one after a load at their time", () => {
  const windows = { timeZone: "UTC", passes: ["06:00-10:00"], sweeps: ["22:00-04:00"] };
  const due = { ...source, windows, pollDueInMs: -1, sweepDueInMs: -1 };
  const lineOf = (label: string, changes: Partial<ShownSource>) =>
    sourceText({ ...due, ...changes }, nowMs)
      .split("\n")
      .find((line) => line.startsWith(label));
  expect(lineOf("Polls", {})).toBe("Polls       every 1m, last 2s ago, next in 18h");
  expect(lineOf("Polls", { pollAsked: true })).toContain("due now");
  expect(lineOf("Sweeps", { sweepAsked: true })).toContain("due now");
  expect(lineOf("Polls", { windows: null })).toBe("Polls       every 1m, last 2s ago, due now");
  expect(lineOf("Sweeps", {})).toBe("Sweeps      every 1d, last never, next in 10h");
  expect(lineOf("Sweeps", { openSweep: { seen: 1, observed: 1 } })).toContain("due now");
  expect(lineOf("Sweeps", { windows: { ...windows, sweeps: [] } })).toContain("next in 18h");
  expect(lineOf("Sweeps", { isLoaded: false })).toBe(
    "Sweeps      every 1d, last never, next when the first load has ended",
  );
  expect(lineOf("Windows", {})).toBe("Windows     06:00-10:00; sweeps 22:00-04:00 (UTC)");
  expect(lineOf("Windows", { windows: { ...windows, passes: [] } })).toContain("at any time; sweeps");
});

test("what needs a person is told with what to type, in 80 columns", () => {
  const text = sourceText(
    {
      ...source,
      freshness: "halted",
      state: "halted",
      haltedCode: "TIDEMARK_UPSTREAM_UNAUTHORIZED",
      haltedReason: long,
      failures: 3,
      lastError: `TIDEMARK_UPSTREAM_UNAUTHORIZED: ${long}`,
      waiting: 4,
      quarantined: 2,
      owner: null,
      openSweep: { seen: 120, observed: 110 },
      settings: { list: ["a", 1], deep: { apiKey: "${env:KEY}" } },
      intents: [intent],
      passes: [
        {
          kind: "poll",
          outcome: "failed",
          startedAt: at(9_000),
          endedAt: at(4_000),
          errorCode: "X",
          pages: 1,
          observed: 0,
          inserted: 0,
          updated: 0,
          deleted: 0,
          unchanged: 0,
          quarantined: 0,
          error: long,
        },
      ],
    },
    nowMs,
  );
  fits(text);
  expect(text).toContain("To do       Correct the source's credentials, then run:");
  expect(text).not.toContain("Error ");
  expect(text).toContain("Waiting     4 changes wait for a person: tidemark hold list");
  expect(text).toContain("Quarantine  2 items: tidemark quarantine list acme-hr");
  expect(text).toContain("Shard       3, without an owner");
  expect(text).toContain("Sweep       under way: 120 of about 300 accounts seen");
  expect(text).toContain("Setting     deep.apiKey = ${env:KEY}");
  expect(text).toContain("poll  4s     5s    failed   a-sentence");
  expect(text).toContain("7       pause  ann    5s     waits for its turn");
});

test("a list of sources fits 80 columns, however long their names are", () => {
  const name = "a-name-of-63-characters-".padEnd(63, "x");
  const text = sourceListText([{ ...source, name, connector: "sailpoint", population: 1_000_000 }, source]);
  fits(text);
  expect(text.split("\n")[0]).toMatch(/^SOURCE +CONNECTOR +IS +ACCOUNTS +POLLED +CHANGED$/);
  expect(sourceListText([])).toBe("there are no sources: run tidemark apply");
});

test("intents tell what they wait for, or what came of them", () => {
  const done = { ...intent, id: "6", doneAt: at(1), outcome: "refused: it is paused", waitsFor: null };
  const text = intentListText([{ ...intent, waitsFor: "a worker" }, done], nowMs);
  fits(text);
  expect(text).toContain("7       pause  acme-hr  ann    5s     waits for a worker");
  expect(text).toContain("refused: it is paused\n\nTo take one back: tidemark intent withdraw 7");
});

test("an intent waits for a worker, for an owner of its shard, or for the turn under way", () => {
  const shard = { shard: 3, owner: "w", term: "1", lastSeq: "0", publishedSeq: "0", oldestAgeMs: null };
  const worker = { id: "w", host: "h", version: "1", seenAgeMs: 1_000, shards: 1 };
  const overview: Overview = {
    workers: [worker],
    shards: [{ ...shard, earliest: null }],
    sources: [source],
  };
  expect(waitsFor(overview, "acme-hr")).toBe("the turn under way");
  expect(waitsFor({ ...overview, shards: [{ ...shard, earliest: null, owner: null }] }, "acme-hr")).toBe(
    "an owner of shard 3",
  );
  expect(waitsFor({ ...overview, workers: [{ ...worker, seenAgeMs: 60_000 }] }, "acme-hr")).toBe("a worker");
});

test("a preview tells what waits, what is not understood, and that there is more", () => {
  const preview: Preview = {
    kind: "sweep",
    pages: 5,
    observed: 1_000,
    isWhole: false,
    unchanged: 900,
    held: 100,
    rejected: 3,
    inserted: 25,
    updated: 0,
    deleted: 0,
    reasons: ["no name"],
    halts: "3 items could not be understood",
    holds: [{ reason: "too-many-deletes", accounts: 100, detail: long }],
    events: [{ op: "inserted", id: "x".repeat(100), version: 1, changed: [] }],
  };
  const text = previewText("acme-hr", preview);
  fits(text);
  expect(text).toContain("acme-hr: read 5 pages of a sweep, 1,000 observations; there is more to read");
  expect(text).toContain("100 changes would wait for a person: a-sentence");
  expect(text).toContain("3 items would go into quarantine: no name");
  expect(text).toContain("the source would halt: 3 items could not be understood");
  expect(text).toContain("what a whole sweep would not see is not told");
  expect(text).toContain("and 24 more\n\nnothing was stored");
});
