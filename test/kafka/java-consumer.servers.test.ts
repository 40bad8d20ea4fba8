import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { CloudEvent, Kafka as CloudEventsKafka } from "cloudevents";
import { describe, expect, inject, test } from "vitest";
import { accountDocument } from "../../src/core/account.ts";
import { canonicalJson } from "../../src/core/canonical-json.ts";
import { eventHeaders, eventValue, journalEntry } from "../../src/core/event.ts";
import { parseEvent } from "../../src/consumer/index.ts";
import type { OutputRecord } from "../../src/ports/publisher.ts";
import { readCommitted } from "../support/console-consumer.ts";
import { kafkaSubject } from "./kafka-subject.ts";

const partitions = 7;
const meta = { v: 1, j: "java", bn: "1" } as const;

async function setup() {
  const prefix = `java-${randomUUID()}`;
  const subject = kafkaSubject(inject("brokers"), prefix);
  const topic = `${prefix}.accounts`;
  await subject.brokers.ensureTopics({
    topics: [
      { name: `${prefix}.progress`, partitions: 2, compacted: false },
      { name: topic, partitions, compacted: false },
      { name: `${topic}.java`, partitions, compacted: false },
    ],
    existing: [],
    allowWeakDurability: true,
  });
  return {
    ...subject,
    prefix,
    topic,
    open: () => subject.publishers.forShard(0, () => ({ partitions, maxBatchBytes: 1_000_000 })),
  };
}

function batch(records: readonly OutputRecord[], next: string, isAllowed = true) {
  return { records, next, meta, mayCommit: () => isAllowed };
}

/** An event as the worker publishes it, for an account whose id and members are not ASCII. */
function realEvent(topic: string, id: string): OutputRecord {
  const document = accountDocument(
    { id, displayName: "Åsa Öberg 東京", email: null },
    { note: "😀", empty: "" },
  );
  const row = journalEntry({
    op: "inserted",
    source: "acme-hr",
    connector: "bamboohr",
    topic,
    accountId: id,
    version: 1,
    before: null,
    after: canonicalJson({ ...document }),
    changed: [],
    upstreamTime: null,
    observedAt: "2026-05-04T03:02:01.000Z",
    hash: "0123456789abcdef0123456789abcdef",
  });
  return {
    topic,
    key: row.key,
    value: eventValue(row),
    headers: eventHeaders({ ...row, seq: "1", batchNonce: "42" }, 0),
  };
}

describe("Kafka's own Java client", () => {
  test("sees exactly the committed records, with their headers byte for byte", async () => {
    const { topic, open } = await setup();
    const events = Array.from({ length: 50 }, (_, i) => realEvent(topic, `zürich-東京-😀/${i}`));
    const first = open();
    await first.open("1");
    await first.publish(batch(events, "51"));
    await expect(
      first.publish(batch([{ ...realEvent(topic, "ghost"), key: "ghost" }], "52", false)),
    ).rejects.toThrow("");
    await first.close(1_000);
    const second = open();
    expect(await second.open("2")).toMatchObject({ next: "51" });
    await second.close(1_000);

    const seen = await readCommitted({ topics: [topic] }, events.length);
    const expected = new Map(events.map((event) => [event.key, event]));
    expect(seen.length).toBe(events.length);
    for (const { key, value, headers } of seen) {
      const sent = expected.get(key ?? "");
      expect({ key, value, headers }).toEqual({ key: sent?.key, value: sent?.value, headers: sent?.headers });
    }
  });

  test("gives every key the partition that the publisher gives it", async () => {
    const { topic, open } = await setup();
    const keys = Array.from(
      { length: 400 },
      (_, i) => `acme/${["", "ü", "東", "😀", "Ω\u00ff"][i % 5]}${randomUUID()}${"é".repeat(i % 4)}`,
    );
    const publisher = open();
    await publisher.open("1");
    await publisher.publish(
      batch(
        keys.map((key) => ({ topic, key, value: "v", headers: {} })),
        "401",
      ),
    );
    await publisher.close(1_000);
    await produceWithJava(`${topic}.java`, keys);

    const seen = await readCommitted({ topics: [topic, `${topic}.java`] }, 2 * keys.length);
    const partitionsIn = (name: string) =>
      new Map(seen.filter((one) => one.topic === name).map((one) => [one.key, one.partition]));
    const ours = partitionsIn(topic);
    expect(ours.size).toBe(keys.length);
    expect(new Set(ours.values()).size).toBe(partitions);
    expect(partitionsIn(`${topic}.java`)).toEqual(ours);
  });

  test("never sees the transaction of a publisher that was killed, and its successor goes on at once", async () => {
    const world = await setup();
    const { prefix, topic, open } = world;
    const program = join(import.meta.dirname, "killed-publisher.ts");
    const brokers = inject("brokers").join(",");
    const killed = spawn(process.execPath, [program, brokers, prefix, topic, String(partitions)], {
      stdio: "inherit",
    });
    expect(await once(killed, "exit")).toEqual([null, "SIGKILL"]);

    const successor = open();
    expect(await successor.open("2")).toEqual({ next: null, meta: null });
    await successor.publish(batch([{ topic, key: "mine", value: "committed", headers: {} }], "2"));
    await successor.close(1_000);
    expect((await readCommitted({ topics: [topic] }, 1)).map(({ key }) => key)).toEqual(["mine"]);
    expect((await world.read([topic])).map(({ key }) => key)).toEqual(["mine"]);
  });
});

describe("a published event", () => {
  test("is a CloudEvent to the official library, and an event to tidemark/consumer", async () => {
    const world = await setup();
    const { topic, open } = world;
    const sent = realEvent(topic, "zürich/ä-東京");
    const publisher = open();
    await publisher.open("1");
    await publisher.publish(batch([sent], "2"));
    await publisher.close(1_000);

    const [found] = await world.read([topic]);
    if (found === undefined) throw new Error("the event did not arrive");
    const { key, value, headers } = found;
    const event = CloudEventsKafka.toEvent({ key, value, headers, body: value } as Parameters<
      typeof CloudEventsKafka.toEvent
    >[0]);
    if (!(event instanceof CloudEvent)) throw new Error("not one CloudEvent");
    expect(event.validate()).toBe(true);
    expect(event).toMatchObject({
      specversion: "1.0",
      id: "acme-hr/zürich/ä-東京/1",
      type: "tidemark.account.inserted.v1",
      source: "/tidemark/acme-hr",
      subject: "zürich/ä-東京",
      time: "2026-05-04T03:02:01.000Z",
      datacontenttype: "application/json",
    });
    expect(parseEvent(found)).toMatchObject({
      kind: "event",
      shard: 0,
      seq: "1",
      event: { accountId: "zürich/ä-東京" },
    });
  });
});

/** Kafka's console producer with its default partitioner. */
async function produceWithJava(topic: string, keys: readonly string[]): Promise<void> {
  const [program = "", ...words] = inject("consoleConsumer").map((word) =>
    word
      .replace("consumer.ConsoleConsumer", "ConsoleProducer")
      .replace("console-consumer", "console-producer"),
  );
  const options = ["--bootstrap-server", inject("brokers").join(","), "--topic", topic];
  for (const property of ["parse.key=true", "key.separator=|"]) options.push("--reader-property", property);
  const producer = spawn(program, [...words, ...options], { stdio: ["pipe", "ignore", "pipe"] });
  let log = "";
  producer.stderr.setEncoding("utf8").on("data", (text: string) => (log += text));
  producer.stdin.end(keys.map((key) => `${key}|v\n`).join(""));
  const [code] = (await once(producer, "close")) as [number | null];
  if (code !== 0) throw new Error(`the console producer failed:\n${log}`);
}
