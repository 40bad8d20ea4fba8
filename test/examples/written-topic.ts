import { randomUUID } from "node:crypto";
import { Kafka, logLevel } from "kafkajs";
import { inject, onTestFinished } from "vitest";

interface WrittenRecord {
  key: string;
  value: string | null;
  headers: Record<string, string>;
}

/** A topic of one test, with one partition and with what the test writes to it. */
export interface WrittenTopic {
  readonly topic: string;
  /** Writes records in a transaction of their own, which is then committed or aborted. */
  write(records: readonly WrittenRecord[], end?: "commit" | "abort"): Promise<void>;
}

export async function writtenTopic(): Promise<WrittenTopic> {
  const topic = `written-${randomUUID()}`;
  const kafka = new Kafka({ brokers: inject("brokers"), logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  const producer = kafka.producer({ transactionalId: topic, maxInFlightRequests: 1 });
  await Promise.all([admin.connect(), producer.connect()]);
  onTestFinished(async () => {
    await Promise.all([admin.disconnect(), producer.disconnect()]);
  });
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true });
  return {
    topic,
    async write(records, end = "commit") {
      const transaction = await producer.transaction();
      await transaction.send({ topic, messages: [...records] });
      await transaction[end]();
    },
  };
}

/** Does what retention does: removes every record that a topic has now. */
export async function forgetRecords(topic: string): Promise<void> {
  const admin = new Kafka({ brokers: inject("brokers"), logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const partitions = (await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => ({
    partition,
    offset: high,
  }));
  await admin.deleteTopicRecords({ topic, partitions });
  await admin.disconnect();
}
