import { expect, test } from "vitest";
import { ago } from "../../src/cli/ago.ts";
import { statusText } from "../../src/cli/status-text.ts";
import type { Overview } from "../../src/ports/store.ts";

const worker: Overview["workers"][number] = {
  id: "host.77.0a1b2c3d",
  host: "host",
  version: "0.1.0",
  seenAgeMs: 300,
  shards: 2,
};
const shard: Overview["shards"][number] = {
  shard: 0,
  owner: worker.id,
  term: "1",
  lastSeq: "10",
  publishedSeq: "10",
  oldestAgeMs: null,
  earliest: null,
};
const source: Overview["sources"][number] = {
  name: "acme-hr",
  connector: "bamboohr",
  group: null,
  shard: 0,
  topic: "p.accounts",
  state: "running",
  haltedCode: null,
  haltedReason: null,
  population: 1_004,
  waiting: 0,
  quarantined: 0,
  failures: 0,
  lastErrorCode: null,
  lastError: null,
  lastPollAgeMs: 1_200,
  lastSweepAgeMs: 7_000_000,
  lastChangeAgeMs: null,
  cursorAgeMs: 1_200,
  advancedAgeMs: 1_200,
  everyMs: 10_000,
  sweepEveryMs: 86_400_000,
  pollDueInMs: 800,
  sweepDueInMs: 80_000_000,
  windows: null,
  isLoaded: true,
  sweeping: false,
  sweepNotOffered: null,
};

test("status shows workers, shards and sources at a glance", () => {
  const shards = [
    shard,
    {
      ...shard,
      shard: 1,
      lastSeq: "15",
      oldestAgeMs: 4_000,
      earliest: { seq: "4", at: "2026-11-10T08:12:30.000Z" },
    },
    { ...shard, shard: 2, owner: null },
  ];
  const nowMs = Date.parse("2026-11-22T08:12:30Z");
  expect(statusText({ workers: [worker], shards, sources: [source] }, nowMs)).toBe(
    `SHARDS  SEEN  VERSION  WORKER
2       now   0.1.0    host.77.0a1b2c3d

2 of 3 shards are owned; 5 events wait for Kafka, the oldest for 4s
a replay can reach back to 2026-11-10T08:12Z (12d ago)

SOURCE   STATE  ACCOUNTS  POLLED  CHANGED  CURSOR  SWEPT
acme-hr  idle   1004      1s      never    1s      117m`,
  );
});

test("a source whose windows are closed is not taken for a stuck one: it says when they open", () => {
  const nowMs = Date.parse("2026-05-01T20:30:00Z");
  const windows = { timeZone: "UTC", passes: ["06:00-20:00"], sweeps: ["00:30-04:00"] };
  const closed = { ...source, windows };
  const text = (changes: Partial<typeof source>) =>
    statusText({ workers: [worker], shards: [shard], sources: [{ ...closed, ...changes }] }, nowMs);
  expect(text({})).toContain("acme-hr  idle (closed) ");
  expect(text({})).toContain("acme-hr starts nothing before its windows open, in 10h");
  expect(text({ pollDueInMs: null })).toContain("acme-hr starts nothing before its windows open, in 4h");
  expect(text({ sweeping: true })).toContain("acme-hr  idle (sweeping) ");
  expect(text({ windows: { ...windows, passes: ["06:00-21:00"] } })).toContain("acme-hr  idle ");
});

test("a source without polls, or without sweeps, shows no age of them; why there are no sweeps is said", () => {
  const noPolls = { ...source, name: "school", pollDueInMs: null, lastPollAgeMs: null };
  const noSweeps = { ...source, name: "apps", sweepNotOffered: "there is no list", lastSweepAgeMs: null };
  const text = statusText({ workers: [worker], shards: [shard], sources: [noPolls, noSweeps] });
  expect(text).toMatch(/^school +idle +1004 +- +never +- +117m$/m);
  expect(text).toMatch(/^apps +idle +1004 +1s +never +1s +-$/m);
  expect(text).toContain("\n\napps is not swept: there is no list");
});

test("tables fit 80 columns whatever the names", () => {
  const long = "n".repeat(63);
  const text = statusText({
    workers: [{ ...worker, id: `${long}.4194304.0a1b2c3d`, host: long }],
    shards: [shard],
    sources: [{ ...source, name: long, topic: long, population: 2_000_000_000, failures: 12 }],
  });
  expect(text.split("\n").filter((line) => line.length > 80)).toEqual([]);
  expect(text).toMatch(/\nn+…n+ {2}failing \(12\) {2}2000000000 /);
});

test.each<[string, Partial<Overview["sources"][number]>, string]>([
  ["loading", { isLoaded: false }, "acme-hr  catching-up (loading) "],
  ["sweeping", { sweeping: true }, "acme-hr  idle (sweeping) "],
  [
    "holding deletes",
    { waiting: 132 },
    "acme-hr has 132 changes that wait for a person\n  Look at them: tidemark hold list",
  ],
  [
    "setting items aside",
    { quarantined: 12 },
    "acme-hr has 12 items in quarantine\n  Look at them: tidemark quarantine list acme-hr",
  ],
  ["setting one item aside", { quarantined: 1 }, "acme-hr has 1 item in quarantine"],
  ["failing", { failures: 3, lastError: "503 from upstream" }, "acme-hr is failing: 503 from upstream"],
  ["failing, with how often", { failures: 3, lastError: "503 from upstream" }, "acme-hr  failing (3) "],
  [
    "throttled",
    {
      failures: 1,
      lastErrorCode: "TIDEMARK_UPSTREAM_THROTTLED",
      lastError: "TIDEMARK_UPSTREAM_THROTTLED: 429",
    },
    "acme-hr is throttled: TIDEMARK_UPSTREAM_THROTTLED: 429",
  ],
  ["paused", { state: "paused" }, "acme-hr  paused "],
  ["without an owner", { shard: 7 }, "acme-hr is stuck: no worker owns the shard\n  Start one: tidemark run"],
  [
    "stuck although it has an owner",
    { pollDueInMs: -3_600_000, advancedAgeMs: 3_600_000 },
    "acme-hr is stuck: a pass is long overdue, and nothing advances\n  The worker's log says why; see docs/freshness.md",
  ],
  [
    "halted",
    { state: "halted", haltedCode: "TIDEMARK_UPSTREAM_UNAUTHORIZED", haltedReason: "the key is refused" },
    "acme-hr is halted: the key is refused\n  Correct the source's credentials, then run: tidemark source resume acme-hr",
  ],
])("a source that is %s says so", (_state, changes, words) => {
  expect(statusText({ workers: [worker], shards: [shard], sources: [{ ...source, ...changes }] })).toContain(
    words,
  );
});

test("what needs a person first comes first, and one source in trouble explains the others of its group", () => {
  const silent = { pollDueInMs: -3_600_000, advancedAgeMs: 3_600_000 };
  const sources = [
    { ...source, name: "a-idle" },
    { ...source, name: "b-changed", lastChangeAgeMs: 60_000 },
    { ...source, name: "c-held", waiting: 3 },
    { ...source, name: "d-waits", group: "acme", ...silent },
    { ...source, name: "e-stuck", ...silent },
    {
      ...source,
      name: "f-halted",
      group: "acme",
      state: "halted" as const,
      haltedCode: "X",
      haltedReason: "no",
    },
  ];
  const text = statusText({ workers: [worker], shards: [shard], sources });
  expect(
    [...text.matchAll(/^[a-f]-\w+ +[a-z-]+ +1004/gm)].map(([line]) => line.split(/ +/).slice(0, 2)),
  ).toEqual([
    ["f-halted", "halted"],
    ["e-stuck", "stuck"],
    ["d-waits", "failing"],
    ["c-held", "held"],
    ["b-changed", "current"],
    ["a-idle", "idle"],
  ]);
  expect(text).toContain("d-waits waits for another source of its group acme, which is in trouble");
});

test("many sources without an owner are one line", () => {
  const sources = ["a", "b", "c"].map((name) => ({ ...source, name, shard: 7 }));
  expect(statusText({ workers: [], shards: [shard], sources })).toContain("3 sources are stuck: no worker");
});

test("an empty installation says what to do next", () => {
  const text = statusText({ workers: [], shards: [], sources: [] });
  expect(text).toContain("no worker is running");
  expect(text).toContain("there are no sources: run tidemark apply");
});

test.each<[number | null, string]>([
  [null, "never"],
  [-5, "now"],
  [499, "now"],
  [500, "1s"],
  [119_000, "119s"],
  [120_000, "2m"],
  [7_200_000, "2h"],
  [172_800_000, "2d"],
])("%s ms are %s", (ms, words) => {
  expect(ago(ms)).toBe(words);
});
