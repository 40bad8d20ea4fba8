import { randomUUID } from "node:crypto";
import { expect, inject, test } from "vitest";
import { kafkaClient } from "../../src/kafka/kafka-client.ts";
import { readTail, type TailRecord } from "../../src/kafka/tail-reader.ts";
import { kafkaSubject } from "./kafka-subject.ts";
import { silentLog } from "../support/memory-log.ts";

async function setup() {
  const prefix = `tail-${randomUUID()}`;
  const topic = `${prefix}.accounts`;
  const { brokers, publishers } = kafkaSubject(inject("brokers"), prefix);
  await brokers.ensureTopics({
    topics: [
      { name: `${prefix}.progress`, partitions: 2, compacted: false },
      { name: topic, partitions: 2, compacted: false },
    ],
    existing: [],
    allowWeakDurability: true,
  });
  let next = 1;
  const publisher = publishers.forShard(0, () => ({ partitions: 2, maxBatchBytes: 1_000_000 }));
  await publisher.open("1");
  return {
    topic,
    publishers,
    kafka: kafkaClient({ brokers: inject("brokers") }, silentLog),
    async publish(...keys: string[]) {
      next += keys.length;
      await publisher.publish({
        records: keys.map((key) => ({ topic, key, value: key, headers: {} })),
        next: String(next),
        meta: { v: 1, j: "tail", bn: null },
        mayCommit: () => true,
      });
    },
    /** Leaves records that are written but not committed, as the last ones of their partitions. */
    async abandon(...keys: string[]) {
      const other = publishers.forShard(0, () => ({ partitions: 2, maxBatchBytes: 1_000_000 }));
      await other.open("2");
      const records = keys.map((key) => ({ topic, key, value: key, headers: {} }));
      await other
        .publish({ records, next: "9", meta: { v: 1, j: "tail", bn: null }, mayCommit: () => false })
        .catch(() => {});
      await other.close(1_000);
    },
    async [Symbol.asyncDispose]() {
      await publisher.close(1_000);
    },
  };
}

function collector() {
  const records: TailRecord[] = [];
  return {
    keys: () => records.map(({ key }) => String(key)).sort(),
    onRecord: (record: TailRecord) => void records.push(record),
  };
}

test("reading to the end stops there, although the last offsets are transaction markers", async () => {
  await using world = await setup();
  for (const round of [1, 2, 3]) await world.publish(`a${round}`, `b${round}`, `c${round}`);
  const seen = collector();
  await readTail(world.kafka, { topics: [world.topic], from: "beginning", until: "end", ...seen });
  expect(seen.keys()).toEqual(["a1", "a2", "a3", "b1", "b2", "b3", "c1", "c2", "c3"]);
});

test("aborted records are passed over, and a transaction that is open is waited for", async () => {
  await using world = await setup();
  await world.publish("kept");
  await world.abandon("ghost-1", "ghost-2", "ghost-3");
  const seen = collector();
  const reading = readTail(world.kafka, { topics: [world.topic], from: "beginning", until: "end", ...seen });
  const successor = world.publishers.forShard(0, () => ({ partitions: 2, maxBatchBytes: 1_000_000 }));
  await successor.open("3");
  await successor.close(1_000);
  await reading;
  expect(seen.keys()).toEqual(["kept"]);
});

test("what is written when the reading starts is waited for, also when it is committed only later", async () => {
  await using world = await setup();
  await world.publish("kept");
  const producer = world.kafka.producer({ transactionalId: `${world.topic}.late`, retry: { retries: 3 } });
  await producer.connect();
  const transaction = await producer.transaction();
  await transaction.send({ topic: world.topic, messages: [{ key: "late", value: "late" }] });
  const seen = collector();
  const started = Promise.withResolvers<void>();
  const reading = readTail(world.kafka, {
    topics: [world.topic],
    from: "beginning",
    until: "end",
    onStart: () => started.resolve(),
    ...seen,
  });
  await started.promise;
  await transaction.commit();
  await reading;
  await producer.disconnect();
  expect(seen.keys()).toEqual(["kept", "late"]);
});

test("a topic without records has no end to wait for", async () => {
  await using world = await setup();
  const seen = collector();
  await readTail(world.kafka, { topics: [world.topic], from: "beginning", until: "end", ...seen });
  expect(seen.keys()).toEqual([]);
});

test("reading from now on sees what is written after the start, until it is stopped", async () => {
  await using world = await setup();
  await world.publish("before-1", "before-2", "before-3");
  const started = Promise.withResolvers<void>();
  const stop = new AbortController();
  const seen = collector();
  const reading = readTail(world.kafka, {
    topics: [world.topic],
    from: "now",
    until: "stop",
    signal: stop.signal,
    onStart: () => started.resolve(),
    onRecord(record) {
      seen.onRecord(record);
      if (seen.keys().length === 3) stop.abort();
    },
  });
  await started.promise;
  await world.publish("after-1", "after-2", "after-3");
  await reading;
  expect(seen.keys()).toEqual(["after-1", "after-2", "after-3"]);
});

test("no consumer group is left behind", async () => {
  await using world = await setup();
  await world.publish("a", "b");
  const during: string[] = [];
  const admin = world.kafka.admin();
  await admin.connect();
  /** Those that read this topic: others may be at work at the same time. */
  const groups = async () => {
    const ids = (await admin.listGroups()).groups.map(({ groupId }) => groupId);
    const tails = await admin.describeGroups(ids.filter((id) => id.startsWith("tidemark.tail.")));
    return tails.groups
      .filter(({ members }) => members.some(({ memberMetadata }) => memberMetadata.includes(world.topic)))
      .map(({ groupId }) => groupId);
  };
  const stop = new AbortController();
  const reading = readTail(world.kafka, {
    topics: [world.topic],
    from: "beginning",
    until: "stop",
    signal: stop.signal,
    onRecord: () => {
      if (during.length === 0) void groups().then((ids) => (during.push(...ids), stop.abort()));
    },
  });
  await reading;
  expect(new Set(during).size).toBe(1);
  const left = (await admin.listGroups()).groups.map(({ groupId }) => groupId);
  expect(left).not.toContain(during[0]);
  await admin.disconnect();
});

test("what the reader's caller throws ends the reading and reaches the caller", async () => {
  await using world = await setup();
  await world.publish("a");
  const reading = readTail(world.kafka, {
    topics: [world.topic],
    from: "beginning",
    until: "end",
    onRecord() {
      throw new TypeError("the caller's own fault");
    },
  });
  await expect(reading).rejects.toThrow(new TypeError("the caller's own fault"));
});

test("a topic that does not exist is named", async () => {
  const kafka = kafkaClient({ brokers: inject("brokers") }, silentLog);
  const reading = readTail(kafka, {
    topics: ["tail-nowhere"],
    from: "beginning",
    until: "end",
    onRecord() {},
  });
  await expect(reading).rejects.toMatchObject({ code: "TIDEMARK_TOPIC_MISSING" });
});
