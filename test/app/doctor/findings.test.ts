import { describe, expect, it } from "vitest";
import { type ExpectedCluster, brokerFindings } from "../../../src/app/doctor/broker-findings.ts";
import { type WantedDatabase, databaseFindings } from "../../../src/app/doctor/database-findings.ts";
import { sourceFindings } from "../../../src/app/doctor/source-findings.ts";
import { upstreamFindings } from "../../../src/app/doctor/upstream-findings.ts";
import { workerFindings } from "../../../src/app/doctor/worker-findings.ts";
import type { Finding } from "../../../src/core/finding.ts";
import type { ClusterCondition } from "../../../src/ports/cluster.ts";
import type { DatabaseCondition, Overview } from "../../../src/ports/store.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { sourceConfig } from "../../support/lane-harness.ts";
import { memoryStore } from "../../support/memory-store.ts";

/** What is not well, as `state subject: message`. */
function troubles(findings: readonly Finding[]): string[] {
  const bad = findings.filter(({ state }) => state !== "ok");
  for (const { whatToDo } of bad) expect(whatToDo).toMatch(/\w/);
  return bad.map(
    ({ state, subject, message }) => `${state}${subject === null ? "" : ` ${subject}`}: ${message}`,
  );
}

describe("the database", () => {
  const healthy: DatabaseCondition = {
    version: "18.4",
    versionNumber: 180_004,
    now: "2026-11-22T12:00:00.000Z",
    connections: { used: 12, most: 97 },
    installation: { prefix: "p", shardCount: 16, clusterId: "c" },
    journal: { today: "20261122", days: ["20261101", "20261122", "20261123"], bytes: 1_000_000_000 },
  };
  const wanted: WantedDatabase = { prefix: "p", shardCount: 16, retentionDays: 30 };
  const told = (
    changes: Partial<DatabaseCondition>,
    { clockAheadMs = 0, ...other }: Partial<WantedDatabase> & { clockAheadMs?: number } = {},
  ) => troubles(databaseFindings({ ...healthy, ...changes }, clockAheadMs, { ...wanted, ...other }));
  const { journal } = healthy;

  it("has no finding when it is well", () => {
    expect(told({})).toEqual([]);
    expect(told({}, { clockAheadMs: -5_000 })).toEqual([]);
    expect(told({ journal: { ...journal, days: ["20261023", "20261122", "20261123"] } })).toEqual([]);
  });

  it.each<[string, Parameters<typeof told>, string[]]>([
    ["too old", [{ version: "14.2", versionNumber: 140_002 }], ["fault: PostgreSQL 14.2 is too old"]],
    ["a clock ahead", [{}, { clockAheadMs: 42_400 }], ["warning: its clock is 42 s ahead of this machine's"]],
    ["a clock behind", [{}, { clockAheadMs: -61_000 }], ["warning: its clock is 61 s behind this machine's"]],
    [
      "few connections",
      [{ connections: { used: 90, most: 97 } }],
      ["warning: only 7 of 97 connections are free"],
    ],
    ["nothing installed", [{ installation: null }], ["warning: nothing is installed yet"]],
    ["another prefix", [{}, { prefix: "q" }], ["fault: it was installed with prefix p, which never changes"]],
    [
      "other shards",
      [{}, { shardCount: 8 }],
      ["fault: it was installed with 16 shards, which never changes"],
    ],
    [
      "no partition for today",
      [{ journal: { ...journal, days: ["20261121"] } }],
      ["fault: the journal has no partition for today, so nothing can be committed"],
    ],
    [
      "none for tomorrow",
      [{ journal: { ...journal, days: ["20261122"] } }],
      ["warning: the journal has no partition for tomorrow"],
    ],
    [
      "days that are too old",
      [{ journal: { ...journal, days: ["20261022", "20261122", "20261123"] } }],
      ["warning: the journal still has 2026-10-22, which is older than 30 d"],
    ],
    [
      "a journal that is too large",
      [{}, { journalMaxBytes: 900_000_000 }],
      ["warning: the journal takes 1 GB, more than 900 MB"],
    ],
  ])("%s", (_what, given, found) => {
    expect(told(...given)).toEqual(found);
  });
});

describe("the brokers", () => {
  const topic = { name: "t", partitions: 6, compacted: false, maxBatchBytes: 2_097_152, retentionMs: null };
  const progress = { ...topic, name: "p.progress", partitions: 32, maxBatchBytes: 16, retentionMs: 1_000 };
  const cluster: ClusterCondition = {
    clusterId: "c",
    brokers: 3,
    missingApis: [],
    weaknesses: [],
    topics: [topic, progress],
  };
  const expected: ExpectedCluster = {
    clusterId: "c",
    topics: [topic, progress].map(({ name, partitions, compacted }) => ({ name, partitions, compacted })),
    progressTopic: "p.progress",
    allowWeakDurability: false,
  };
  const told = (changes: Partial<ClusterCondition>, other: Partial<ExpectedCluster> = {}) =>
    troubles(brokerFindings({ ...cluster, ...changes }, { ...expected, ...other }));

  it("have no finding when they are well, also before anything was published", () => {
    expect(told({})).toEqual([]);
    expect(told({ topics: [] }, { clusterId: null, topics: [] })).toEqual([]);
  });

  it.each<[string, Parameters<typeof told>, string[]]>([
    [
      "another cluster, of which nothing else is said",
      [{ clusterId: "d", topics: [], weaknesses: ["w"] }],
      ["fault: they are cluster d, the database has published to c"],
    ],
    [
      "missing APIs",
      [{ missingApis: ["broker 1: Produce is not offered"] }],
      ["fault: they do not offer what publishing needs: broker 1: Produce is not offered"],
    ],
    [
      "weak durability",
      [{ weaknesses: ["a", "b"] }],
      ["fault: acknowledged records could be lost: a", "fault: acknowledged records could be lost: b"],
    ],
    [
      "weak durability that is allowed",
      [{ weaknesses: ["a", "b"] }, { allowWeakDurability: true }],
      ["warning: acknowledged records could be lost: 2 settings are weak"],
    ],
    ["a topic that is gone", [{ topics: [progress] }], ["fault t: this topic is gone"]],
    [
      "other partitions",
      [{ topics: [{ ...topic, partitions: 12 }, progress] }],
      ["fault t: it has 12 partitions, 6 were pinned"],
    ],
    [
      "compaction that was switched on",
      [{ topics: [{ ...topic, compacted: true }, progress] }],
      ["warning t: it is compacted now, and was not"],
    ],
    [
      "a short retention",
      [{ topics: [{ ...topic, retentionMs: 3_600_000 }, progress] }],
      ["warning t: it forgets events after 60 min"],
    ],
    [
      "a small limit",
      [{ topics: [{ ...topic, maxBatchBytes: 65_536 }, progress] }],
      ["warning t: it takes batches of 65536 bytes only; larger events are published as pointers"],
    ],
  ])("%s", (_what, given, found) => {
    expect(told(...given)).toEqual(found);
  });
});

/** One source that runs, with its worker. */
async function overview(): Promise<Overview> {
  const clock = manualClock();
  const store = memoryStore(clock);
  await store.ensureInstallation({ prefix: "p", shardCount: 2 });
  await store.applySources([sourceConfig()]);
  await store.announceWorker({ id: "w", host: "h", version: "1", ttlMs: 15_000 });
  await store.acquireShards({ workerId: "w", limit: 2, ttlMs: 60_000 });
  return store.overview();
}

describe("the workers", () => {
  it("have no finding when one runs this version and owns the shards that have sources", async () => {
    const { shards, ...rest } = await overview();
    expect(troubles(workerFindings({ shards, ...rest }, "1"))).toEqual([]);
    const free = shards.map((shard) => ({ ...shard, owner: shard.shard === 0 ? shard.owner : null }));
    expect(troubles(workerFindings({ shards: free, ...rest }, "1"))).toEqual([]);
  });

  it("are missing, of another version, or leave a shard alone", async () => {
    const well = await overview();
    const [worker] = well.workers;
    if (worker === undefined) throw new Error("there is a worker");
    const told = (changes: Partial<Overview>) => troubles(workerFindings({ ...well, ...changes }, "1"));
    const none = ["fault: no worker is running: nothing is polled or published"];
    expect(told({ workers: [] })).toEqual(none);
    expect(told({ workers: [{ ...worker, seenAgeMs: 15_001 }] })).toEqual(none);
    expect(told({ workers: [worker, { ...worker, id: "old", version: "0" }] })).toEqual([
      "warning old: it runs version 0, this program is 1",
    ]);
    const shards = well.shards.map((shard) => ({ ...shard, owner: null }));
    expect(told({ shards })).toEqual(["fault: 1 of 1 shards with sources have no owner"]);
  });
});

describe("the sources", () => {
  const told = async (changes: Partial<Overview["sources"][number]>) => {
    const well = await overview();
    const sources = well.sources.map((source) => ({ ...source, ...changes }));
    return troubles(sourceFindings({ ...well, sources }, manualClock().now()));
  };

  it.each<[string, Parameters<typeof told>[0], string[]]>([
    ["nothing", {}, []],
    [
      "a halt",
      { state: "halted", haltedCode: "TIDEMARK_UPSTREAM_UNAUTHORIZED", haltedReason: "the key is refused" },
      ["fault acme: it is halted: the key is refused"],
    ],
    ["a pause", { state: "paused" }, ["warning acme: it is paused"]],
    [
      "failures",
      { failures: 3, lastErrorCode: "TIDEMARK_UPSTREAM_UNAVAILABLE", lastError: "503" },
      ["warning acme: it is failing (3 times): 503"],
    ],
    [
      "a throttle",
      { failures: 1, lastErrorCode: "TIDEMARK_UPSTREAM_THROTTLED", lastError: "429" },
      ["warning acme: it is throttled (1 times): 429"],
    ],
    [
      "what is stuck",
      { pollDueInMs: -3_600_000, advancedAgeMs: 3_600_000 },
      ["fault acme: it is stuck: its next pass is long due, and nothing of it advances"],
    ],
    [
      "what waits, and what is set aside",
      { waiting: 3, quarantined: 2 },
      ["fault acme: 3 changes wait for a person", "warning acme: 2 of its items could not be understood"],
    ],
  ])("tell of %s", async (_what, changes, found) => {
    expect(await told(changes)).toEqual(found);
  });

  it("are missed when there are none", async () => {
    const none = { ...(await overview()), sources: [] };
    expect(troubles(sourceFindings(none, 0))).toEqual(["warning: there are no sources"]);
  });
});

describe("the upstreams", () => {
  it("tell what to do in the name of their source; a throttle is no fault", () => {
    const failure = { code: "TIDEMARK_UPSTREAM_UNAUTHORIZED", message: "401", whatToDo: "resume <source>" };
    const findings = upstreamFindings([
      { source: "a", check: { tookMs: 5, failure: null } },
      { source: "b", check: { tookMs: 5, failure } },
      { source: "c", check: { tookMs: 5, failure: { ...failure, code: "TIDEMARK_UPSTREAM_THROTTLED" } } },
      { source: "d", check: null },
    ]);
    expect(findings.map(({ state }) => state)).toEqual(["ok", "fault", "warning", "fault"]);
    expect(findings[1]?.whatToDo).toBe("resume b");
  });
});
