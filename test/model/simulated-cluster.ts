import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import type { Admin, Kafka, Producer, ProducerConfig } from "kafkajs";
import { RetryableError } from "../../src/core/errors.ts";
import { kafkaPublishers } from "../../src/kafka/kafka-publishers.ts";
import type { Brokers, Publishers } from "../../src/ports/publisher.ts";
import type { Link } from "./link.ts";
import type { Simulation } from "./simulation.ts";
import { type ProduceRequest, type SimulatedKafka, kafkaError } from "./simulated-kafka.ts";

const require = createRequire(import.meta.url);
/** kafkajs' own producer and admin: sequence numbers, transaction states and retries are the real ones; only the cluster below them is ours. */
const createProducer = require("kafkajs/src/producer/index.js") as (options: object) => Producer;
const createAdmin = require("kafkajs/src/admin/index.js") as (options: object) => Admin;
const errors = require("kafkajs/src/errors.js") as {
  KafkaJSConnectionClosedError: new (message: string, at: { host: string; port: number }) => Error;
  KafkaJSRequestTimeoutError: new (message: string) => Error;
};

/** What kafkajs says when a request or its answer is lost. */
export function unreachableKafka(simulation: Simulation): (what: string) => Error {
  return (what) =>
    simulation.choices.chance(0.5)
      ? new errors.KafkaJSRequestTimeoutError(`${what} timed out`)
      : new errors.KafkaJSConnectionClosedError(`${what}: closed`, { host: "simulated", port: 9092 });
}

/** What kafkajs uses when no retry is configured (under a test runner it would take shorter pauses). */
const retry = { maxRetryTime: 30_000, initialRetryTime: 300, factor: 0.2, multiplier: 2, retries: 5 };

const nothing = () => {};
const silent = { info: nothing, warn: nothing, error: nothing, debug: nothing };
const logger = { ...silent, namespace: () => logger };

/** The ports to Kafka of one process: src/kafka's publisher over kafkajs' own producer, over two brokers of the simulated Kafka. */
export function simulatedPublishers(kafka: SimulatedKafka, link: Link, prefix: string): Publishers {
  const client = {
    producer: (config: ProducerConfig) =>
      createProducer({ ...config, cluster: simulatedCluster(kafka, link), logger }),
    admin: () => createAdmin({ cluster: simulatedCluster(kafka, link), logger }),
  };
  return kafkaPublishers(client as unknown as Kafka, prefix);
}

/** What kafkajs' producer and admin use of their cluster. Partitions are led by two brokers in turn. */
function simulatedCluster(kafka: SimulatedKafka, link: Link) {
  const brokers = [0, 1].map((nodeId) => ({
    nodeId,
    ...Object.fromEntries(
      (
        [
          "initProducerId",
          "addPartitionsToTxn",
          "addOffsetsToTxn",
          "txnOffsetCommit",
          "endTxn",
          "offsetFetch",
        ] as const
      ).map((name) => [
        name,
        (request: never) => link.call(describe(name, request), () => kafka[name](request)),
      ]),
    ),
    produce: (request: ProduceRequest) => {
      // The request is encoded when it is sent: what kafkajs does to it afterwards does not reach the broker.
      const sent = { ...request, topicData: request.topicData.map(copied) };
      return link.call(`produce to ${nodeId}`, () => kafka.produce(sent));
    },
  }));
  const partitionsOf = (topic: string) =>
    Array.from({ length: kafka.topic(topic)?.partitions ?? 0 }, (_, partitionId) => ({
      partitionId,
      leader: partitionId % 2,
    }));

  return {
    retry,
    targetTopics: new Set<string>(),
    connect: async () => {},
    disconnect: async () => {},
    isConnected: () => true,
    removeBroker: nothing,
    markOffsetAsCommitted: nothing,
    refreshMetadata: async () => {},
    refreshMetadataIfNecessary: async () => {},
    addTargetTopic: async () => {},
    addMultipleTargetTopics: async () => {},
    findGroupCoordinator: async () => brokers[0],
    findBroker: async ({ nodeId }: { nodeId: number | string }) => brokers[Number(nodeId)],
    findTopicPartitionMetadata: partitionsOf,
    findLeaderForPartitions(_topic: string, partitions: readonly (number | string)[]) {
      const byLeader: Record<number, number[]> = {};
      for (const partition of partitions.map(Number)) (byLeader[partition % 2] ??= []).push(partition);
      return byLeader;
    },
    metadata: ({ topics }: { topics: readonly string[] }) =>
      link.call("metadata", () => {
        if (topics.some((topic) => kafka.topic(topic) === undefined))
          throw kafkaError("UNKNOWN_TOPIC_OR_PARTITION");
        return { topicMetadata: topics.map((topic) => ({ topic, partitionMetadata: partitionsOf(topic) })) };
      }),
  };
}

type TopicData = ProduceRequest["topicData"][number];

function copied(data: TopicData): TopicData {
  return {
    topic: data.topic,
    partitions: data.partitions.map(({ partition, firstSequence, messages }) => ({
      partition,
      firstSequence,
      messages: messages.map(({ key, value, headers }) => ({ key, value, headers })),
    })),
  };
}

function describe(
  name: string,
  request: { producerEpoch?: number; topics?: unknown; transactionResult?: boolean },
): string {
  const { producerEpoch, topics, transactionResult } = request;
  const what = topics === undefined || name === "offsetFetch" ? "" : ` ${JSON.stringify(topics)}`;
  const end = transactionResult === undefined ? "" : transactionResult ? " commit" : " abort";
  return `${name}${end}${producerEpoch === undefined ? "" : ` of epoch ${producerEpoch}`}${what}`;
}

/** Its events are small. */
const maxBatchBytes = 2 * 1024 * 1024;

/** What the worker asks of the brokers besides publishing; its checks of durability are not the subject here. */
export function simulatedBrokers(kafka: SimulatedKafka, link: Link): Brokers {
  const ask = async <T>(what: string, execute: () => T): Promise<T> => {
    try {
      return await link.call(what, execute);
    } catch (cause) {
      throw new RetryableError("TIDEMARK_KAFKA_UNAVAILABLE", what, { cause });
    }
  };
  return {
    clusterId: () => ask("clusterId", () => kafka.clusterId),
    ensureTopics: ({ topics }) =>
      ask("ensureTopics", () => topics.map((topic) => kafka.ensureTopic({ ...topic, maxBatchBytes }))),
    maxBatchBytes: (topics) =>
      ask("maxBatchBytes", () => new Map(topics.map((topic) => [topic, maxBatchBytes]))),
    logEnd: (topic, partition) => ask("logEnd", () => String(kafka.logs(topic)[partition]?.end() ?? 0)),
    async readShard({ shard, topics, onRecord, signal }) {
      const logs = topics.flatMap((topic) => kafka.logs(topic).map((log) => ({ topic, log })));
      const ends = await ask("readShard", () => logs.map(({ log }) => log.end()));
      while (
        !(await ask("readShard", () => logs.every(({ log }, index) => log.isSettled(ends[index] ?? 0))))
      ) {
        if (signal.aborted) throw new RetryableError("TIDEMARK_KAFKA_UNAVAILABLE", "readShard was cut short");
        await sleep(20);
      }
      for (const { topic, log } of logs) {
        for (const message of log.readCommitted())
          if (message.headers["tidemark-shard"] === String(shard)) await onRecord({ topic, ...message });
      }
      return { trimmed: [] };
    },
    close: async () => {},
  };
}
