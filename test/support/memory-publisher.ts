import { FatalError, RetryableError } from "../../src/core/errors.ts";
import { partitionOf } from "../../src/core/murmur2.ts";
import type {
  Brokers,
  OutputRecord,
  Progress,
  Publishers,
  ShardPublisher,
  TopicDescription,
} from "../../src/ports/publisher.ts";

/** A committed record and where it is. */
export interface StoredRecord extends OutputRecord {
  partition: number;
}

/**
 * What goes wrong with the next call of its kind, on any shard: `open` fails; `publish` fails and nothing is committed;
 * `answer` is lost, so that publish throws although everything is committed.
 */
export type Failure = "open" | "publish" | "answer";

/** A Kafka of one process: it keeps the contract of the ports, including fencing, and holds what was committed. */
export interface MemoryKafka {
  publishers: Publishers;
  brokers: Brokers;
  /** What a read-committed consumer sees: in order of commit, hence in order per partition. */
  records(topic: string): readonly StoredRecord[];
  /** The position of a shard, as the next open would find it. */
  progress(shard: number): Progress;
  /** Makes calls to come fail, one each, in this order per kind. */
  failNext(...failures: Failure[]): void;
  /** Like an operator who deletes a topic; positions go with the progress topic. */
  deleteTopic(name: string): void;
  /** Like an operator who deletes a shard's group. */
  forgetProgress(shard: number): void;
}

interface StoredTopic extends TopicDescription {
  records: StoredRecord[];
}

const maxRecordBytes = 2 * 1024 * 1024;

export function memoryKafka({ prefix = "tidemark", clusterId = "memory" } = {}): MemoryKafka {
  const topics = new Map<string, StoredTopic>();
  const epochs = new Map<number, number>();
  const positions = new Map<number, Progress>();
  const failures: Failure[] = [];

  const positionOf = (shard: number) => positions.get(shard) ?? { next: null, meta: null };

  function failIf(kind: Failure): void {
    const at = failures.indexOf(kind);
    if (at === -1) return;
    failures.splice(at, 1);
    throw new RetryableError("TIDEMARK_KAFKA_UNAVAILABLE", `the test wants ${kind} to fail`);
  }

  function topicNamed(name: string): StoredTopic {
    const topic = topics.get(name);
    if (topic === undefined) throw new FatalError("TIDEMARK_TOPIC_MISSING", `topic ${name} is gone`);
    return topic;
  }

  function place(record: OutputRecord, pinned: number): StoredRecord {
    const { partitions } = topicNamed(record.topic);
    if (partitions !== pinned) {
      throw new FatalError("TIDEMARK_TOPIC_PARTITIONS", `topic ${record.topic} has ${partitions} partitions`);
    }
    if (Buffer.byteLength(record.value ?? "") > maxRecordBytes) {
      throw new FatalError("TIDEMARK_EVENT_TOO_LARGE", `the event of ${record.key} is too large`);
    }
    return { ...record, partition: partitionOf(record.key, pinned) };
  }

  function forShard(shard: number, partitionsOf: (topic: string) => number): ShardPublisher {
    let epoch = 0;
    let isBusy = false;
    let isDead = false;

    async function step<T>(work: () => Promise<T>): Promise<T> {
      if (isDead || isBusy)
        throw new RetryableError("TIDEMARK_KAFKA_UNAVAILABLE", "this publisher is dead or busy");
      isBusy = true;
      try {
        return await work();
      } catch (error) {
        isDead = true;
        throw error;
      } finally {
        isBusy = false;
      }
    }

    function refuseIfFenced(): void {
      if (epochs.get(shard) !== epoch) throw new RetryableError("TIDEMARK_KAFKA_UNAVAILABLE", "fenced");
    }

    return {
      open: () =>
        step(async () => {
          topicNamed(`${prefix}.progress`);
          failIf("open");
          epoch = (epochs.get(shard) ?? 0) + 1;
          epochs.set(shard, epoch);
          await othersRun();
          refuseIfFenced();
          return positionOf(shard);
        }),

      publish: (batch) =>
        step(async () => {
          refuseIfFenced();
          const placed = batch.records.map((record) => place(record, partitionsOf(record.topic)));
          failIf("publish");
          await othersRun();
          if (!batch.mayCommit()) throw new RetryableError("TIDEMARK_KAFKA_UNAVAILABLE", "not committed");
          refuseIfFenced();
          for (const record of placed) topicNamed(record.topic).records.push(record);
          positions.set(shard, { next: batch.next, meta: batch.meta });
          failIf("answer");
        }),

      async close() {
        isDead = true;
      },
    };
  }

  return {
    publishers: { forShard },
    brokers: {
      clusterId: async () => clusterId,
      async ensureTopics(wanted) {
        const lost = wanted.topics.filter(({ name }) => !topics.has(name) && wanted.existing.includes(name));
        if (lost.length > 0)
          throw new FatalError("TIDEMARK_TOPIC_MISSING", lost.map(({ name }) => name).join(", "));
        return wanted.topics.map((topic) => {
          if (!topics.has(topic.name)) topics.set(topic.name, { ...topic, records: [] });
          const { name, partitions, compacted } = topicNamed(topic.name);
          return { name, partitions, compacted };
        });
      },
      close: async () => {},
    },
    records: (topic) => topicNamed(topic).records,
    progress: positionOf,
    failNext: (...more) => void failures.push(...more),
    deleteTopic(name) {
      topics.delete(name);
      if (name === `${prefix}.progress`) positions.clear();
    },
    forgetProgress: (shard) => void positions.delete(shard),
  };
}

/** A network would let others run here, and so a successor may open in between. */
function othersRun(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
