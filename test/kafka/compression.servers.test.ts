import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { describe, expect, inject, test, vi } from "vitest";
import type { Compression } from "../../src/kafka/compression.ts";
import { kafkaClient } from "../../src/kafka/kafka-client.ts";
import { withAdmin } from "../../src/kafka/with-admin.ts";
import type { OutputRecord } from "../../src/ports/publisher.ts";
import { sampleRecord } from "../consumer/sample-records.ts";
import { readCommitted } from "../support/console-consumer.ts";
import { silentLog } from "../support/memory-log.ts";
import { kafkaSubject } from "./kafka-subject.ts";

const partitions = 3;

async function setup(compression: Compression) {
  const prefix = `compression-${randomUUID()}`;
  const subject = kafkaSubject(inject("brokers"), prefix, compression);
  const topic = `${prefix}.accounts`;
  await subject.brokers.ensureTopics({
    topics: [
      { name: `${prefix}.progress`, partitions: 2, compacted: false },
      { name: topic, partitions, compacted: false },
    ],
    existing: [],
    allowWeakDurability: true,
  });
  // On a cluster that is new the first ones find no coordinator yet: electing it may take ten seconds.
  const publisher = await vi.waitFor(async () => {
    const first = subject.publishers.forShard(0, () => ({ partitions, maxBatchBytes: 2_000_000 }));
    await first.open("1");
    return first;
  }, 30_000);
  return {
    topic,
    publish: (records: readonly OutputRecord[]) =>
      publisher.publish({
        records,
        next: String(records.length + 1),
        meta: { v: 1, j: "compression", bn: "1" },
        mayCommit: () => true,
      }),
    read: () => subject.read([topic]),
    [Symbol.asyncDispose]: () => publisher.close(1_000),
  };
}

/** Inserts, and every fifth is a delete with its tombstone. */
function eventsOf(topic: string, count: number): OutputRecord[] {
  return Array.from({ length: count }, (_, index) => {
    const id = `zürich-東京-😀/${index}`;
    const isDelete = index % 5 === 4;
    const record = sampleRecord(
      isDelete
        ? { op: "deleted", version: 2, id, before: "a" }
        : { op: "inserted", version: 1, id, after: "b" },
    );
    return isDelete
      ? [
          { topic, ...record },
          { topic, ...record, value: null },
        ]
      : [{ topic, ...record }];
  }).flat();
}

describe.each(["gzip", "zstd"] as const)("records compressed with %s", (compression) => {
  test("are for Kafka's own Java client, and for our readers, what they are without", async () => {
    await using world = await setup(compression);
    const sent = eventsOf(world.topic, 1_200);
    await world.publish(sent);
    const { topic } = world;
    for (const seen of [await readCommitted({ topics: [topic] }, sent.length), await world.read()]) {
      for (let partition = 0; partition < partitions; partition += 1) {
        const here = seen.filter((one) => one.partition === partition);
        const keys = new Set(here.map(({ key }) => key));
        const wanted = sent.filter(({ key }) => keys.has(key));
        expect(here.map(({ key, value, headers }) => ({ topic, key, value, headers }))).toEqual(wanted);
      }
      expect(seen).toHaveLength(sent.length);
    }
  });

  test("are compressed on their way to the broker", async () => {
    await using world = await setup(compression);
    const kafka = kafkaClient({ brokers: inject("brokers") }, silentLog);
    const configEntries = [{ name: "max.message.bytes", value: "20000" }];
    const resources = [{ type: 2, name: world.topic, configEntries }];
    await withAdmin(kafka, (admin) => admin.alterConfigs({ validateOnly: false, resources }));
    const [event] = eventsOf(world.topic, 1);
    if (event === undefined) throw new Error("no event was made");
    await world.publish([{ ...event, value: "x".repeat(100_000) }]);
    expect(await world.read()).toMatchObject([{ value: "x".repeat(100_000) }]);
  });
});

describe("a consumer with kafkajs and tidemark/consumer alone", () => {
  async function consume(topic: string, count: number, knowsZstd: "yes" | "no"): Promise<string[]> {
    const program = join(import.meta.dirname, "zstd-consumer.ts");
    const args = [program, inject("brokers").join(","), topic, String(count), knowsZstd];
    return new Promise((resolve) => {
      execFile(process.execPath, args, (_error, stdout) => resolve(stdout.trimEnd().split("\n")));
    });
  }

  test("reads zstd once it was taught to, and says what it lacks before", async () => {
    await using world = await setup("zstd");
    const sent = eventsOf(world.topic, 4);
    await world.publish(sent);
    expect(await consume(world.topic, sent.length, "no")).toEqual(["ZSTD compression not implemented"]);
    const ids = sent.map(({ key }) => key.slice("acme/".length));
    expect((await consume(world.topic, sent.length, "yes")).toSorted()).toEqual(ids.toSorted());
  });
});
