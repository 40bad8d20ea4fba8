import { randomUUID } from "node:crypto";
import kafkajs, { type Admin, type Consumer, type Kafka, type KafkaMessage } from "kafkajs";
import { translateError } from "./error-class.ts";
import { withAdmin } from "./with-admin.ts";

/** A committed record as it was read. */
export interface TailRecord {
  topic: string;
  partition: number;
  /** Decimal text. */
  offset: string;
  key: Buffer | null;
  /** null is a tombstone. */
  value: Buffer | null;
  headers: Record<string, Buffer>;
}

export interface TailRequest {
  topics: readonly string[];
  /** Where to begin; a function says it for each partition. */
  from: "beginning" | "now" | ((topic: string, partition: number) => bigint);
  /** `end`: what has been written by now, and then it is over; `stop`: until the signal is aborted. */
  until: "end" | "stop";
  /** Called for one record after another, each once, in order per partition; waited for. What it throws ends the reading. */
  onRecord(record: TailRecord): void | Promise<void>;
  /**
   * Called once it is settled where reading begins: what is written from then on is seen.
   * @param nextOf Where each partition stands at any later moment: with it as `from`, another call goes on where this one has failed.
   */
  onStart?(nextOf: (topic: string, partition: number) => bigint): void;
  /** Ends the reading early; that is no failure. */
  signal?: AbortSignal;
}

/** How far a partition has been read, and how far it has to be. */
interface Position {
  topic: string;
  partition: number;
  next: bigint;
  end: bigint;
}

type Positions = ReadonlyMap<string, Position>;

/**
 * Reads committed records without leaving a trace: its consumer group has a random name, commits nothing and is deleted.
 *
 * Resolves when every partition has reached the end it had at the call (`until: "end"`; transactions that are open at that
 * moment are waited for), or when the signal is aborted.
 * @throws RetryableError `TIDEMARK_KAFKA_UNAVAILABLE`; FatalError `TIDEMARK_TOPIC_MISSING`; what `onRecord` throws.
 */
export async function readTail(kafka: Kafka, request: TailRequest): Promise<void> {
  const groupId = `tidemark.tail.${randomUUID()}`;
  const consumer = kafka.consumer({
    groupId,
    allowAutoTopicCreation: false,
    maxWaitTimeInMs: 250,
    // After a broker's restart the group waits this long for the member that this consumer was before.
    sessionTimeout: 10_000,
  });
  try {
    const positions = await withAdmin(kafka, (admin) => startPositions(admin, request));
    request.onStart?.((topic, partition) => positions.get(nameOf(topic, partition))?.next ?? 0n);
    if (isOver(request, positions)) return;
    try {
      await follow(consumer, request, positions);
    } finally {
      await consumer.disconnect();
      // A group without members goes away by itself, too, only later.
      await withAdmin(kafka, (admin) => admin.deleteGroups([groupId])).catch(() => {});
    }
  } catch (error) {
    throw error instanceof kafkajs.KafkaJSError
      ? translateError(error, `reading ${request.topics.join(", ")}`)
      : error;
  }
}

async function startPositions(admin: Admin, { topics, from }: TailRequest): Promise<Positions> {
  const positions = new Map<string, Position>();
  for (const topic of topics) {
    for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
      const next = typeof from === "function" ? from(topic, partition) : BigInt(from === "now" ? high : low);
      positions.set(nameOf(topic, partition), { topic, partition, next, end: BigInt(high) });
    }
  }
  return positions;
}

function isOver({ until, signal }: TailRequest, positions: Positions): boolean {
  if (signal?.aborted === true) return true;
  return until === "end" && positions.values().every(({ next, end }) => next >= end);
}

async function follow(consumer: Consumer, request: TailRequest, positions: Positions): Promise<void> {
  const { promise: over, resolve: finish, reject: fail } = Promise.withResolvers<void>();
  request.signal?.addEventListener("abort", () => finish(), { once: true });

  const { GROUP_JOIN, END_BATCH_PROCESS, CRASH } = consumer.events;
  // Nothing is committed, so whenever the group is joined (again) kafkajs has to be told where to go on.
  consumer.on(GROUP_JOIN, () => {
    for (const { topic, partition, next } of positions.values()) {
      consumer.seek({ topic, partition, offset: String(next) });
    }
  });
  // Comes after batches of nothing but transaction markers, too: those offsets never show as messages.
  consumer.on(END_BATCH_PROCESS, ({ payload }) => {
    const position = positions.get(nameOf(payload.topic, payload.partition));
    const next = BigInt(payload.lastOffset) + 1n;
    if (position !== undefined && next > position.next) position.next = next;
    if (isOver(request, positions)) finish();
  });
  consumer.on(CRASH, ({ payload }) => {
    if (!payload.restart) fail(payload.error);
  });

  const start = async () => {
    await consumer.connect();
    await consumer.subscribe({ topics: [...request.topics], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch: { topic, partition, messages } }) => {
        const position = positions.get(nameOf(topic, partition));
        if (position === undefined) return;
        try {
          for (const message of messages) {
            if (request.signal?.aborted === true) return;
            const offset = BigInt(message.offset);
            // Fetched before the seek took effect, or again after a crash.
            if (offset < position.next) continue;
            // Most callers have nothing to wait for, and a turn of the event loop per record costs more than the record.
            const pending = request.onRecord(recordOf(topic, partition, message));
            if (pending !== undefined) await pending;
            position.next = offset + 1n;
          }
        } catch (error) {
          // Handed to kafkajs it would be taken for a failure of the batch, which it repeats.
          fail(error);
        }
      },
    });
  };
  await Promise.all([over, start()]);
}

function nameOf(topic: string, partition: number): string {
  return `${topic}/${partition}`;
}

function recordOf(
  topic: string,
  partition: number,
  { key, value, offset, headers }: KafkaMessage,
): TailRecord {
  const texts: Record<string, Buffer> = {};
  for (const [name, text] of Object.entries(headers ?? {})) {
    // Of a repeated header the last one counts, as for the Java client's lastHeader().
    const last = Array.isArray(text) ? text.at(-1) : text;
    if (last !== undefined) texts[name] = Buffer.from(last);
  }
  return { topic, partition, offset, key, value, headers: texts };
}
