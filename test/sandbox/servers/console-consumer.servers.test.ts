import { randomUUID } from "node:crypto";
import { Kafka, logLevel, type Producer } from "kafkajs";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { followCommitted, readCommitted } from "../../support/console-consumer.ts";

const kafka = new Kafka({ brokers: inject("brokers"), logLevel: logLevel.NOTHING });
const admin = kafka.admin();
const producer: Producer = kafka.producer({
  transactionalId: `test-${randomUUID()}`,
  maxInFlightRequests: 1,
});

beforeAll(() => Promise.all([admin.connect(), producer.connect()]));
afterAll(() => Promise.all([admin.disconnect(), producer.disconnect()]));

async function createTopic(numPartitions = 1): Promise<string> {
  const topic = `test-${randomUUID()}`;
  await admin.createTopics({ topics: [{ topic, numPartitions }], waitForLeaders: true });
  return topic;
}

async function send(topic: string, value: string | null, outcome: "commit" | "abort"): Promise<void> {
  const transaction = await producer.transaction();
  await transaction.send({ topic, messages: [{ key: "k", value, partition: 0 }] });
  await transaction[outcome]();
}

test("the console consumer sees the records of a committed transaction and none of an aborted one", async () => {
  const topic = await createTopic();
  await send(topic, "aborted first", "abort");
  await send(topic, "committed", "commit");
  await send(topic, "aborted last", "abort");

  const records = await readCommitted({ topics: [topic] }, 1);

  // Offsets 1 and 3 are the markers that end the transactions.
  expect(records).toEqual([{ topic, partition: 0, offset: 2, key: "k", value: "committed", headers: {} }]);
});

test("keys, values and headers come back as they were sent, whatever they hold", async () => {
  const [topic, other] = [await createTopic(2), await createTopic()];
  const odd = "tab\t newline\n backslash\\ \\x41 \\0 null Zoë 名 \u0000\u001f";
  const transaction = await producer.transaction();
  await transaction.send({
    topic,
    messages: [
      { key: odd, value: odd, partition: 1, headers: { ce_subject: odd, "content-type": "a:b,c" } },
      { key: odd, value: null, partition: 1 },
      { key: null, value: "", partition: 0 },
    ],
  });
  await transaction.send({ topic: other, messages: [{ key: "null", value: "null" }] });
  await transaction.commit();

  const records = await readCommitted({ topics: [topic, other] }, 4);

  expect(records).toHaveLength(4);
  expect(records).toEqual(
    expect.arrayContaining([
      {
        topic,
        partition: 1,
        offset: 0,
        key: odd,
        value: odd,
        headers: { ce_subject: odd, "content-type": "a:b,c" },
      },
      { topic, partition: 1, offset: 1, key: odd, value: null, headers: {} },
      { topic, partition: 0, offset: 0, key: null, value: "", headers: {} },
      { topic: other, partition: 0, offset: 0, key: "null", value: "null", headers: {} },
    ]),
  );
});

test("a feed tells when enough records have arrived, and goes on until it is stopped", async () => {
  const topic = await createTopic();
  const feed = followCommitted({ topics: [topic] });
  await send(topic, "one", "commit");
  expect((await feed.arrived(1)).map(({ value }) => value)).toEqual(["one"]);
  await send(topic, "never", "abort");
  await send(topic, "two", "commit");
  expect((await feed.arrived(2)).map(({ value }) => value)).toEqual(["one", "two"]);
  await feed.stop();
});

test("a feed whose consumer fails tells those who wait for records", async () => {
  const feed = followCommitted({ topics: [await createTopic()], brokers: ["not a broker"] });
  await expect(feed.arrived(1)).rejects.toThrow(/console consumer .* failed/);
});
