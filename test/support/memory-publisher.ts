import { FatalError, RetryableError } from "../../src/core/errors.ts";
import { partitionOf } from "../../src/core/murmur2.ts";
import type {
  Brokers,
  OutputRecord,
  Progress,
  PublishedTopic,
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
  /** Makes one call fail after so many calls of its kind that do not. */
  failAfter(spared: number, failure: Failure): void;
  /** Like an operator who deletes a topic; positions go with the progress topic. */
  deleteTopic(name: string): void;
  /** Like an operator who deletes a shard's group. */
  forgetProgress(shard: number): void;
  /** Like an operator who commits an offset by hand. */
  setProgress(shard: number, progress: Progress): void;
  /** Like somebody else who writes to a topic of ours. */
  put(record: StoredRecord): void;
  /** Like an operator who alters `max.message.bytes`. */
  limit(topic: string, maxBatchBytes: number): void;
  /** Like retention, which has removed what a topic held so far. */
  trim(topic: string): void;
}

interface StoredTopic extends TopicDescription {
  records: (StoredRecord & { writtenAtMs: number })[];
  /** As many of each partition as were ever written, and as are gone again. */
  ends: number[];
  isTrimmed: boolean;
}

/** Of a new topic. */
const newTopicBytes = 2 * 1024 * 1024;

export function memoryKafka({
  prefix = "tidemark",
  clusterId = "memory",
  now = () => Date.now(),
} = {}): MemoryKafka {
  const topics = new Map<string, StoredTopic>();
  const epochs = new Map<number, number>();
  const positions = new Map<number, Progress>();
  const failures: { kind: Failure; spared: number }[] = [];

  const positionOf = (shard: number) => positions.get(shard) ?? { next: null, meta: null };

  function failIf(kind: Failure): void {
    const next = failures.find((failure) => failure.kind === kind);
    if (next === undefined) return;
    next.spared -= 1;
    if (next.spared >= 0) return;
    failures.splice(failures.indexOf(next), 1);
    throw new RetryableError("TIDEMARK_KAFKA_UNAVAILABLE", `the test wants ${kind} to fail`);
  }

  function topicNamed(name: string): StoredTopic {
    const topic = topics.get(name);
    if (topic === undefined) throw new FatalError("TIDEMARK_TOPIC_MISSING", `topic ${name} is gone`);
    return topic;
  }

  function place(record: OutputRecord, pinned: number): StoredRecord {
    const { partitions, maxBatchBytes } = topicNamed(record.topic);
    if (partitions !== pinned) {
      throw new FatalError("TIDEMARK_TOPIC_PARTITIONS", `topic ${record.topic} has ${partitions} partitions`);
    }
    if (Buffer.byteLength(record.value ?? "") > maxBatchBytes) {
      throw new FatalError("TIDEMARK_EVENT_TOO_LARGE", `the event of ${record.key} is too large`);
    }
    return { ...record, partition: partitionOf(record.key, pinned) };
  }

  function put(record: StoredRecord): void {
    const topic = topicNamed(record.topic);
    topic.records.push({ ...record, writtenAtMs: now() });
    topic.ends[record.partition] = (topic.ends[record.partition] ?? 0) + 1;
  }

  function forShard(shard: number, topicOf: (topic: string) => PublishedTopic): ShardPublisher {
    let epoch = 0;
    /** As kafkajs does, it asks for all of them anew from time to time. */
    const written = new Set<string>();
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
          for (const name of written) topicNamed(name);
          const placed = batch.records.map((record) => place(record, topicOf(record.topic).partitions));
          failIf("publish");
          await othersRun();
          if (!batch.mayCommit()) throw new RetryableError("TIDEMARK_KAFKA_UNAVAILABLE", "not committed");
          refuseIfFenced();
          placed.forEach(put);
          for (const { topic } of placed) written.add(topic);
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
          if (!topics.has(topic.name))
            topics.set(topic.name, {
              ...topic,
              maxBatchBytes: newTopicBytes,
              records: [],
              ends: [],
              isTrimmed: false,
            });
          const { name, partitions, compacted, maxBatchBytes } = topicNamed(topic.name);
          return { name, partitions, compacted, maxBatchBytes };
        });
      },
      maxBatchBytes: async (names) => new Map(names.map((name) => [name, topicNamed(name).maxBatchBytes])),
      logEnd: async (topic, partition) => String(topicNamed(topic).ends[partition] ?? 0),
      async readShard({ shard, topics: names, sinceMs, onRecord, signal }) {
        for (const { topic, key, value, headers, writtenAtMs } of names.flatMap(
          (name) => topicNamed(name).records,
        )) {
          if (signal.aborted) throw new RetryableError("TIDEMARK_KAFKA_UNAVAILABLE", "cut short");
          const isWanted = headers["tidemark-shard"] === String(shard) && writtenAtMs >= (sinceMs ?? 0);
          if (isWanted) await onRecord({ topic, key, value, headers });
        }
        return { trimmed: names.filter((name) => topicNamed(name).isTrimmed).map((name) => `${name}/0`) };
      },
      close: async () => {},
    },
    records: (topic) => topicNamed(topic).records.map(({ writtenAtMs: _when, ...record }) => record),
    progress: positionOf,
    failNext: (...more) => void failures.push(...more.map((kind) => ({ kind, spared: 0 }))),
    failAfter: (spared, kind) => void failures.push({ kind, spared }),
    deleteTopic(name) {
      topics.delete(name);
      if (name === `${prefix}.progress`) positions.clear();
    },
    forgetProgress: (shard) => void positions.delete(shard),
    setProgress: (shard, progress) => void positions.set(shard, progress),
    put,
    limit: (name, maxBatchBytes) => void Object.assign(topicNamed(name), { maxBatchBytes }),
    trim: (name) => void Object.assign(topicNamed(name), { records: [], isTrimmed: true }),
  };
}

/** A network would let others run here, and so a successor may open in between. */
function othersRun(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
