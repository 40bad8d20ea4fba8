import type { Admin, Kafka } from "kafkajs";
import { RetryableError } from "../core/errors.ts";
import type { Brokers, OutputRecord } from "../ports/publisher.ts";
import { translateError } from "./error-class.ts";
import { type TailRecord, readTail } from "./tail-reader.ts";
import { withAdmin } from "./with-admin.ts";

/** Where the reading of a partition begins. */
interface Start {
  topic: string;
  partition: number;
  offset: bigint;
}

/** @see Brokers.readShard */
export async function readShard(
  kafka: Kafka,
  { shard, topics, sinceMs, onRecord, signal }: Parameters<Brokers["readShard"]>[0],
): Promise<{ trimmed: string[] }> {
  const ask = async <T>(question: (admin: Admin) => Promise<T>): Promise<T> => {
    try {
      return await withAdmin(kafka, question);
    } catch (error) {
      throw translateError(error, `asking where ${topics.join(", ")} begin`);
    }
  };
  const starts = await ask((admin) => startsOf(admin, topics, sinceMs));
  const offsets = new Map(starts.map((start) => [nameOf(start), start.offset]));
  await readTail(kafka, {
    topics,
    from: (topic, partition) => offsets.get(nameOf({ topic, partition })) ?? 0n,
    until: "end",
    signal,
    onRecord(record) {
      return record.headers["tidemark-shard"]?.toString() === String(shard)
        ? onRecord(outputRecord(record))
        : undefined;
    },
  });
  if (signal.aborted) {
    throw new RetryableError("TIDEMARK_KAFKA_UNAVAILABLE", `reading ${topics.join(", ")} was cut short`);
  }
  // Asked afterwards, because retention goes on meanwhile: while a record before the start is still there, all after it are.
  const begins = await ask((admin) => startsOf(admin, topics, null));
  const lows = new Map(begins.map((begin) => [nameOf(begin), begin.offset]));
  return {
    trimmed: starts
      .filter((start) => start.offset > 0n && (lows.get(nameOf(start)) ?? 0n) >= start.offset)
      .map(nameOf),
  };
}

/** The first offset of that time in each partition; its end when there is none, its beginning when no time is named. */
async function startsOf(admin: Admin, topics: readonly string[], sinceMs: number | null): Promise<Start[]> {
  const starts: Start[] = [];
  for (const topic of topics) {
    const found =
      sinceMs === null
        ? (await admin.fetchTopicOffsets(topic)).map(({ partition, low }) => ({ partition, offset: low }))
        : await admin.fetchTopicOffsetsByTimestamp(topic, sinceMs);
    for (const { partition, offset } of found) starts.push({ topic, partition, offset: BigInt(offset) });
  }
  return starts;
}

function nameOf({ topic, partition }: { topic: string; partition: number }): string {
  return `${topic}/${partition}`;
}

function outputRecord({ topic, key, value, headers }: TailRecord): OutputRecord {
  const texts: Record<string, string> = {};
  for (const [name, text] of Object.entries(headers)) texts[name] = text.toString();
  return { topic, key: key?.toString() ?? "", value: value?.toString() ?? null, headers: texts };
}
