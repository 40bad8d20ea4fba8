import { setTimeout as sleep } from "node:timers/promises";
import type { Admin, Kafka } from "kafkajs";
import { FatalError, RetryableError } from "../core/errors.ts";
import type { Log } from "../ports/log.ts";
import type { Brokers } from "../ports/publisher.ts";
import { allTopics, topicDescription } from "./all-topics.ts";
import { missingApis, readApiVersions } from "./api-versions.ts";
import { describeTopicConfigs } from "./describe-configs.ts";
import { errorClass, translateError } from "./error-class.ts";
import type { KafkaSettings } from "./kafka-client.ts";
import { readShard } from "./shard-tail.ts";
import { topicLimit } from "./topic-limit.ts";
import { weakDurability } from "./weak-durability.ts";
import { withAdmin } from "./with-admin.ts";

/** Largest batch that topics of our making accept, in bytes. */
const maxMessageBytes = 2 * 1024 * 1024;
const servedWithinMs = 10_000;

type Wanted = Parameters<Brokers["ensureTopics"]>[0];
type WantedTopic = Wanted["topics"][number];

/** Asks, checks and prepares the brokers over kafkajs' admin client. */
export function kafkaBrokers({
  kafka,
  ssl,
  log,
}: {
  kafka: Kafka;
  ssl?: KafkaSettings["ssl"];
  log: Log;
}): Brokers {
  async function ask<T>(doing: string, question: (admin: Admin) => Promise<T>): Promise<T> {
    try {
      return await withAdmin(kafka, question);
    } catch (error) {
      throw translateError(error, doing);
    }
  }

  return {
    clusterId: () =>
      ask("asking for the cluster's id", async (admin) => (await admin.describeCluster()).clusterId),

    ensureTopics: ({ topics, existing, allowWeakDurability }) =>
      ask("checking topics", async (admin) => {
        const { brokers } = await admin.describeCluster();
        await checkApis(brokers, ssl);

        const before = await allTopics(admin);
        const missing = topics.filter(({ name }) => !before.has(name));
        const lost = missing.filter(({ name }) => existing.includes(name)).map(({ name }) => name);
        if (lost.length > 0) {
          throw new FatalError(
            "TIDEMARK_TOPIC_MISSING",
            `these topics are gone from Kafka: ${lost.join(", ")}`,
          );
        }
        if (missing.length > 0) await createTopics(admin, missing, brokers.length);
        for (const { name } of missing) await untilServed(admin, name);
        const found = missing.length === 0 ? before : await allTopics(admin);

        const names = topics.map(({ name }) => name);
        const { configs, findings } = await weakDurability(admin, { brokers, found, names });
        if (findings.length > 0) {
          if (!allowWeakDurability) throw new FatalError("TIDEMARK_WEAK_DURABILITY", findings.join("\n"));
          log.warn("kafka.weak-durability", { findings });
        }
        return names.map((name) => topicDescription(found.get(name), name, configs.get(name)));
      }),

    maxBatchBytes: (topics) =>
      ask(`asking for the limits of ${topics.join(", ")}`, async (admin) => {
        const configs = await describeTopicConfigs(admin, topics);
        return new Map(topics.map((name) => [name, topicLimit(configs.get(name))]));
      }),

    logEnd: (topic, partition) =>
      ask(`asking for the end of ${topic}`, async (admin) => {
        const offsets = await admin.fetchTopicOffsets(topic);
        const found = offsets.find((offset) => offset.partition === partition);
        if (found === undefined)
          throw new FatalError("TIDEMARK_TOPIC_PARTITIONS", `topic ${topic} has no partition ${partition}`);
        return found.high;
      }),

    readShard: (wanted) => readShard(kafka, wanted),

    // Every question brings its own connection.
    close: async () => {},
  };
}

async function checkApis(
  brokers: { nodeId: number; host: string; port: number }[],
  ssl: KafkaSettings["ssl"],
) {
  for (const broker of brokers) {
    const missing = missingApis(await readApiVersions(broker, ssl));
    if (missing.length > 0) {
      throw new FatalError("TIDEMARK_BROKER_UNSUPPORTED", `broker ${broker.nodeId}: ${missing.join("; ")}`);
    }
  }
}

async function createTopics(
  admin: Admin,
  wanted: readonly WantedTopic[],
  brokerCount: number,
): Promise<void> {
  const replicationFactor = Math.min(3, brokerCount);
  await admin.createTopics({
    // `untilServed` waits: kafkajs would take a topic that is not visible yet for a failure.
    waitForLeaders: false,
    topics: wanted.map(({ name, partitions, compacted }) => ({
      topic: name,
      numPartitions: partitions,
      replicationFactor,
      configEntries: [
        { name: "cleanup.policy", value: compacted ? "compact" : "delete" },
        { name: "min.insync.replicas", value: String(Math.max(1, replicationFactor - 1)) },
        { name: "unclean.leader.election.enable", value: "false" },
        { name: "max.message.bytes", value: String(maxMessageBytes) },
      ],
    })),
  });
}

/** A new topic is visible before its leaders serve it: they are asked until all of them answer. */
async function untilServed(admin: Admin, topic: string): Promise<void> {
  const deadlineMs = performance.now() + servedWithinMs;
  for (;;) {
    try {
      await admin.fetchTopicOffsets(topic);
      return;
    } catch (error) {
      const isNew = ["transient", "missing"].includes(errorClass(error));
      if (!isNew) throw error;
      // It was created a moment ago: a broker that is slow to show it has not lost it.
      if (performance.now() > deadlineMs) {
        const what = `topic ${topic} was created, but is not served after ${servedWithinMs} ms`;
        throw new RetryableError("TIDEMARK_KAFKA_UNAVAILABLE", what, { cause: error });
      }
    }
    await sleep(50);
  }
}
