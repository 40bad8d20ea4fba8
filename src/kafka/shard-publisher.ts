import { setTimeout as sleep } from "node:timers/promises";
import type { Kafka, PartitionOffset, PartitionerArgs, Transaction } from "kafkajs";
import { FatalError, RetryableError } from "../core/errors.ts";
import type { PublishedTopic, ShardPublisher } from "../ports/publisher.ts";
import { type Compression, compressionTypes } from "./compression.ts";
import { encodeSends } from "./encode-sends.ts";
import { kafkaErrorType, translateError } from "./error-class.ts";
import { requestTimeoutMs, transactionTimeoutMs } from "./kafka-client.ts";
import { readProgress } from "./read-progress.ts";
import { shardNames } from "./shard-names.ts";
import { withAdmin } from "./with-admin.ts";

const refusalPauseMs = 3;
const refusalPatienceMs = 5_000;

interface Options {
  kafka: Kafka;
  prefix: string;
  shard: number;
  topicOf: (topic: string) => PublishedTopic;
  compression: Compression;
}

/**
 * The publisher of one shard over kafkajs. One throw makes it dead for good, because a kafkajs producer that goes on after
 * a failure loses or doubles records silently: the caller opens a new one and asks the broker where to go on.
 */
export function shardPublisher({ kafka, prefix, shard, topicOf, compression }: Options): ShardPublisher {
  const names = shardNames(prefix, shard);
  const codec = compressionTypes[compression];
  const producer = kafka.producer({
    transactionalId: names.id,
    transactionTimeout: transactionTimeoutMs,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    // A retried produce can be written twice within one transaction; `idempotent` would forbid 0.
    retry: { retries: 0 },
    createPartitioner: () => (send) => pinnedPartition(send, topicOf),
  });
  let isBusy = false;
  let isDead = false;

  async function step<T>(doing: string, work: () => Promise<T>): Promise<T> {
    if (isDead || isBusy) {
      const state = isDead ? "dead" : "busy";
      throw new RetryableError("TIDEMARK_KAFKA_UNAVAILABLE", `${doing} ${names.id}: it is ${state}`);
    }
    isBusy = true;
    try {
      return await work();
    } catch (error) {
      isDead = true;
      throw translateError(error, `${doing} ${names.id}`);
    } finally {
      isBusy = false;
    }
  }

  function commitOffset(
    transaction: Transaction,
    offset: PartitionOffset & { metadata?: string },
  ): Promise<void> {
    const topics = [{ topic: names.progressTopic, partitions: [offset] }];
    return untilAccepted(() => transaction.sendOffsets({ consumerGroupId: names.id, topics }));
  }

  return {
    open: (nonce) =>
      step("opening", () =>
        withAdmin(kafka, async (admin) => {
          const { topics } = await admin.fetchTopicMetadata({ topics: [names.progressTopic] });
          const partitions = topics[0]?.partitions.length ?? 0;
          if (partitions <= names.barrierPartition) {
            throw new FatalError(
              "TIDEMARK_TOPIC_PARTITIONS",
              `topic ${names.progressTopic} has ${partitions} partitions, too few for shard ${shard}`,
            );
          }
          await producer.connect();
          const barrier = await producer.transaction();
          await commitOffset(barrier, { partition: names.barrierPartition, offset: nonce });
          await barrier.commit();
          return readProgress(admin, names, nonce);
        }),
      ),

    publish: (batch) =>
      step("publishing with", async () => {
        const transaction = await producer.transaction();
        // First, because only this step can be repeated safely while the markers of the previous transaction are written.
        await commitOffset(transaction, {
          partition: names.positionPartition,
          offset: batch.next,
          metadata: JSON.stringify(batch.meta),
        });
        for (const topicMessages of encodeSends(batch.records, topicOf)) {
          const produced = { acks: -1, timeout: requestTimeoutMs, compression: codec, topicMessages };
          await transaction.sendBatch(produced);
        }
        if (!batch.mayCommit()) {
          throw new RetryableError(
            "TIDEMARK_KAFKA_UNAVAILABLE",
            "not committed: the shard may have another owner",
          );
        }
        await transaction.commit();
      }),

    async close(graceMs) {
      isDead = true;
      const grace = new AbortController();
      // kafkajs waits for requests in flight; what outlives the grace is fenced by the next open.
      const disconnected = producer.disconnect().catch(() => {});
      const timer = sleep(graceMs, undefined, { signal: grace.signal, ref: false }).catch(() => {});
      await Promise.race([disconnected, timer]);
      grace.abort();
    },
  };
}

/**
 * Repeats a step that Kafka definitely refused because the markers of the previous transaction are still being written.
 * Any other failure has an unknown outcome and is not repeated.
 */
async function untilAccepted(send: () => Promise<void>): Promise<void> {
  const deadlineMs = performance.now() + refusalPatienceMs;
  for (;;) {
    try {
      return await send();
    } catch (error) {
      const isRefusal = kafkaErrorType(error) === "CONCURRENT_TRANSACTIONS";
      if (!isRefusal || performance.now() > deadlineMs) throw error;
    }
    await sleep(refusalPauseMs);
  }
}

/** The partition a message was given; kafkajs would silently drop messages for partitions that a topic does not have. */
function pinnedPartition(
  { topic, message, partitionMetadata }: PartitionerArgs,
  topicOf: (topic: string) => PublishedTopic,
): number {
  const found = partitionMetadata.length;
  const pinned = topicOf(topic).partitions;
  if (message.partition === undefined || found !== pinned) {
    throw new FatalError(
      "TIDEMARK_TOPIC_PARTITIONS",
      `topic ${topic} has ${found} partitions instead of ${pinned}`,
    );
  }
  return message.partition;
}
