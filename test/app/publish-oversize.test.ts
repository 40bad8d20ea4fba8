import { expect, it } from "vitest";
import { type OwnedShard, ownedShard } from "../../src/app/owned-shard.ts";
import { publishShard } from "../../src/app/publish-shard.ts";
import { takeTurn } from "../../src/app/take-turn.ts";
import { topicBook } from "../../src/app/topic-book.ts";
import { foldAccounts, parseEvent } from "../../src/consumer/index.ts";
import { leaseTiming } from "../../src/core/lease.ts";
import type { Metrics } from "../../src/ports/metrics.ts";
import { type LaneHarness, laneHarness } from "../support/lane-harness.ts";
import { settled } from "../support/manual-clock.ts";
import { seen } from "../support/scripted-connector.ts";

const topic = "tidemark.scripted.accounts";
const kilobyte = 1_000;

/** A source with a publisher at work; `limit` bounds its topic's batches from the first event on. */
async function publishing({ limit, compacted = false }: { limit?: number; compacted?: boolean } = {}) {
  const harness = await laneHarness({ compacted });
  const counted: string[] = [];
  const metrics: Metrics = { ...harness.ports.metrics, oversize: (source) => void counted.push(source) };
  const ports = { ...harness.ports, metrics };
  const settings = { prefix: "tidemark", shardCount: 1, partitions: 3, allowWeakDurability: true };
  const publication = {
    topics: topicBook(settings, ports),
    journalId: harness.store.state.installation?.journalId ?? "",
  };
  if (limit !== undefined) {
    const topics = [{ name: topic, partitions: 3, compacted }];
    await harness.kafka.brokers.ensureTopics({ topics, existing: [], allowWeakDurability: true });
    harness.kafka.limit(topic, limit);
  }
  let failure: unknown = null;
  const publish = (shard: OwnedShard) =>
    void publishShard(shard, publication, ports).catch((error: unknown) => {
      failure = error;
    });
  return {
    ...harness,
    counted,
    failure: () => failure,
    start: () => publish(harness.shard),
    /** Like a process that has just started: it has nothing in memory and reads the journal. */
    startAnew() {
      const timing = { ...leaseTiming, stopAfterMs: Number.POSITIVE_INFINITY };
      publish(ownedShard(harness.shard, harness.clock, timing, harness.clock.monotonicMs()));
    },
    /** Lets it run, through its pauses too, until what can be published is. */
    async go(ms = 0) {
      await settled();
      await harness.clock.advance(ms);
      for (let round = 0; round < 10; round += 1) await settled();
    },
  };
}

/** Observes accounts with this much text each, all different from before; no size: it is gone. */
async function poll({ script, lane, ports }: LaneHarness, sizes: Record<string, number | null>) {
  const cursor = Number(lane.source.cursor ?? 0) + 1;
  const observations = Object.entries(sizes).map(([id, size]) =>
    size === null
      ? { id, gone: true as const, at: null }
      : seen(id, { email: `${cursor}@x`, displayName: "x".repeat(size) }),
  );
  script.polls.push({ pages: [{ observations, cursor }] });
  await takeTurn(lane, "poll", ports);
}

/** What a consumer understands, in the order of numbers; a pointer with the size of its event. Nothing may be missing. */
function told({ kafka }: LaneHarness): string[] {
  const fold = foldAccounts();
  const records = kafka.records(topic).map(parseEvent);
  expect(records.flatMap((record) => fold.add(record))).toEqual([]);
  return records
    .toSorted((a, b) => Number(a.seq) - Number(b.seq))
    .map((record) => {
      if (record.kind === "tombstone") return `${record.seq} tombstone`;
      const { op, accountId, version, oversize } = record.event;
      const size = oversize === undefined ? "" : ` pointer to ${Math.round(oversize.bytes / kilobyte)} KB`;
      return `${record.seq} ${op} ${accountId} v${version}${size}`;
    });
}

it("an event that its topic does not take goes as a pointer under its number and version, is counted, and logged once", async () => {
  const world = await publishing({ limit: 1_000 * kilobyte, compacted: true });
  world.start();
  await poll(world, { a: 10, b: 3_000 * kilobyte, c: 900 * kilobyte });
  await world.go();
  await poll(world, { a: 1_200 * kilobyte, b: 5, c: null });
  await world.go();
  await poll(world, { a: null });
  await world.go();
  expect(world.failure()).toBeNull();
  expect(told(world)).toEqual([
    "1 inserted a v1",
    "2 inserted b v1 pointer to 3000 KB",
    "3 inserted c v1",
    "4 updated a v2 pointer to 1201 KB",
    // What it was goes along with what it is.
    "5 updated b v2 pointer to 3001 KB",
    "6 deleted c v2",
    "6 tombstone",
    "7 deleted a v3 pointer to 1200 KB",
    "7 tombstone",
  ]);
  expect(world.counted).toEqual(["acme", "acme", "acme", "acme"]);
  const lines = world.log.lines.filter(({ message }) => message === "publish.oversize");
  expect(lines.map(({ fields }) => fields["event"])).toEqual([
    "acme/b/1",
    "acme/a/2",
    "acme/b/2",
    "acme/a/3",
  ]);
});

it("a retry gives the same pointer, and none is sent twice", async () => {
  const world = await publishing({ limit: 100 * kilobyte });
  await poll(world, { a: 200 * kilobyte, b: 10 });
  world.kafka.failNext("publish", "answer", "publish");
  world.start();
  await world.go(60_000);
  await poll(world, { a: 300 * kilobyte });
  await world.go(60_000);
  expect(told(world)).toEqual([
    "1 inserted a v1 pointer to 200 KB",
    "2 inserted b v1",
    "3 updated a v2 pointer to 501 KB",
  ]);
});

it("a limit that is lowered while events are on their way is noticed when the broker refuses one", async () => {
  const world = await publishing();
  world.start();
  await poll(world, { a: 500 * kilobyte });
  await world.go();
  world.kafka.limit(topic, 100 * kilobyte);
  await poll(world, { b: 500 * kilobyte, c: 10 });
  await world.go(5_000);
  expect(told(world)).toEqual(["1 inserted a v1", "2 inserted b v1 pointer to 500 KB", "3 inserted c v1"]);
  const refusals = world.log.lines.filter(({ message }) => message === "publish.failed");
  expect(refusals.map(({ fields }) => fields["code"])).toEqual(["TIDEMARK_EVENT_TOO_LARGE"]);
});

it("a limit that is raised holds from the next event on that would have been a pointer", async () => {
  const world = await publishing({ limit: 100 * kilobyte });
  world.start();
  await poll(world, { a: 500 * kilobyte });
  await world.go();
  world.kafka.limit(topic, 1_000 * kilobyte);
  await poll(world, { b: 500 * kilobyte });
  await world.go();
  expect(told(world)).toEqual(["1 inserted a v1 pointer to 500 KB", "2 inserted b v1"]);
});

it("a topic that does not even take pointers is asked once a minute, and loses nothing", async () => {
  const world = await publishing({ limit: 100 });
  await poll(world, { a: 10 });
  world.start();
  await world.go(150_000);
  const refusals = () => world.log.lines.filter(({ message }) => message === "publish.failed").length;
  expect(refusals()).toBe(4);
  world.kafka.limit(topic, 100 * kilobyte);
  await world.go(60_000);
  expect(refusals()).toBe(4);
  expect(told(world)).toEqual(["1 inserted a v1"]);
});

it("what comes after an event that is larger than a whole batch is read from the journal, too", async () => {
  const world = await publishing();
  await poll(world, { a: 1_500 * kilobyte });
  await poll(world, { b: 1_500 * kilobyte, c: 10 });
  world.startAnew();
  await world.go();
  expect(told(world)).toEqual(["1 inserted a v1", "2 inserted b v1", "3 inserted c v1"]);
});
