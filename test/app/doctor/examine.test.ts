import { expect, test } from "vitest";
import { type Examination, examine } from "../../../src/app/doctor/examine.ts";
import type { ClusterCondition, ExamineCluster } from "../../../src/ports/cluster.ts";
import type { Store } from "../../../src/ports/store.ts";
import { sourceConfig } from "../../support/lane-harness.ts";
import { type ManualClock, manualClock, settled } from "../../support/manual-clock.ts";
import { memoryStore } from "../../support/memory-store.ts";
import { retention } from "../../support/retention.ts";

const cluster: ClusterCondition = { clusterId: "c", brokers: 3, missingApis: [], weaknesses: [], topics: [] };
const wanted: Examination = {
  ...retention,
  prefix: "tidemark",
  shardCount: 1,
  allowWeakDurability: false,
  version: "1",
  source: null,
  actor: "ann",
};

/** An installation with a worker, whose upstreams answer when the test says so. */
async function setup() {
  const clock = manualClock();
  const store = memoryStore(clock);
  await store.ensureInstallation({ prefix: "tidemark", shardCount: 1 });
  await store.maintainJournal({ daysAhead: 3 });
  await store.applySources([sourceConfig()]);
  await store.announceWorker({ id: "w", host: "h", version: "1", ttlMs: 15_000 });
  const [lease] = await store.acquireShards({ workerId: "w", limit: 1, ttlMs: 60_000 });
  if (lease === undefined) throw new Error("the shard is not free");
  return { clock, store, lease };
}

async function examined(
  store: Store,
  clock: ManualClock,
  {
    examineCluster = async () => cluster,
    ...changes
  }: Partial<Examination> & { examineCluster?: ExamineCluster } = {},
) {
  const findings = await examine({ ...wanted, ...changes }, { store, examineCluster, clock });
  return findings.map(({ state, area, subject }) =>
    [state, area, ...(subject === null ? [] : [subject])].join(" "),
  );
}

test("whoever is well is told of as well, the owners' answers included", async () => {
  const { clock, store, lease } = await setup();
  const examining = examined(store, clock);
  await settled();
  const [intent] = await store.pendingIntents([0]);
  expect(intent).toMatchObject({ verb: "check", actor: "ann" });
  const answer = { tookMs: 5, failure: null };
  await store.finishIntent({ ...lease, intent: intent?.id ?? "", outcome: "done", answer });
  await clock.advance(200);
  const findings = await examining;
  expect(findings.filter((line) => !line.startsWith("ok"))).toEqual([]);
  expect(findings).toContain("ok upstreams acme");
});

test("an owner that does not answer is a fault after 25 s, and what was asked of it is taken back", async () => {
  const { clock, store } = await setup();
  const examining = examined(store, clock);
  await settled();
  await clock.advance(25_000);
  expect(await examining).toContain("fault upstreams acme");
  expect(await store.pendingIntents([0])).toEqual([]);
});

test("one upstream only is asked when it is named, and a name that is not known is a fault", async () => {
  const { clock, store } = await setup();
  await store.applySources([sourceConfig(), sourceConfig({ name: "other" })]);
  const examining = examined(store, clock, { source: "other" });
  await settled();
  expect((await store.pendingIntents([0])).map(({ source }) => source)).toEqual(["other"]);
  await clock.advance(25_000);
  await examining;
  expect(await examined(store, clock, { source: "nobody" })).toContain("fault upstreams");
});

test("upstreams beyond the hundredth are not asked, which is told", async () => {
  const { clock, store } = await setup();
  await store.applySources(Array.from({ length: 101 }, (_, n) => sourceConfig({ name: `s${n}` })));
  const examining = examined(store, clock);
  await settled();
  expect(await store.pendingIntents([0])).toHaveLength(100);
  await clock.advance(25_000);
  expect(await examining).toContain("warning upstreams");
});

test("a database that hangs is a fault after 15 s, and the brokers are examined all the same", async () => {
  const { clock, store } = await setup();
  const hangs = { ...store, checkSchema: () => new Promise<void>(() => {}) };
  const examining = examined(hangs, clock);
  await settled();
  await clock.advance(15_000);
  expect(await examining).toEqual([
    "fault database",
    "ok brokers",
    "ok brokers",
    "ok brokers",
    "warning workers",
    "warning sources",
    "warning upstreams",
  ]);
});

test("brokers that hang are a fault after 15 s, and all else is examined meanwhile", async () => {
  const { clock, store } = await setup();
  const examining = examined(store, clock, { examineCluster: () => new Promise(() => {}) });
  await settled();
  expect(await store.pendingIntents([0])).toHaveLength(1);
  await clock.advance(25_000);
  expect((await examining).filter((line) => line.includes("brokers"))).toEqual(["fault brokers"]);
});
