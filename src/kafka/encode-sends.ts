import type { Message, TopicMessages } from "kafkajs";
import { partitionOf } from "../core/murmur2.ts";
import type { OutputRecord, PublishedTopic } from "../ports/publisher.ts";

/** A message with its partition, which kafkajs may not choose. */
export type PlacedMessage = Message & { partition: number };

/** What one `sendBatch` carries. */
export type Send = (TopicMessages & { messages: PlacedMessage[] })[];

/**
 * Most bytes that one send holds per partition, and at most a third of what the topic accepts: kafkajs makes one record batch of them, and the
 * broker measures batches. So only a single event can ever be too large.
 */
export const fullBatchBytes = 340_000;

/** kafkajs groups a send's messages in quadratic time, and encoding blocks the event loop: sends stay short. */
export const maxSendRecords = 500;

/**
 * Cuts a transaction's records into sends, in order: what is in a later send is written later, so the order within each
 * partition is the order of the records.
 */
export function encodeSends(
  records: readonly OutputRecord[],
  topicOf: (topic: string) => PublishedTopic,
): Send[] {
  const sends: Send[] = [];
  let topics = new Map<string, PlacedMessage[]>();
  let batchBytes = new Map<string, number>();
  let count = 0;

  const cut = () => {
    if (count > 0) sends.push([...topics].map(([topic, messages]) => ({ topic, messages })));
    topics = new Map();
    batchBytes = new Map();
    count = 0;
  };

  for (const record of records) {
    const { partitions, maxBatchBytes } = topicOf(record.topic);
    const message = encodeRecord(record, partitions);
    const batch = `${record.topic}/${message.partition}`;
    const bytes = sizeOf(message);
    const filled = batchBytes.get(batch) ?? 0;
    if (
      count === maxSendRecords ||
      (filled > 0 && filled + bytes > Math.min(fullBatchBytes, maxBatchBytes / 3))
    )
      cut();
    batchBytes.set(batch, (batchBytes.get(batch) ?? 0) + bytes);
    const messages = topics.get(record.topic);
    if (messages === undefined) topics.set(record.topic, [message]);
    else messages.push(message);
    count += 1;
  }
  cut();
  return sends;
}

function encodeRecord({ key, value, headers }: OutputRecord, partitions: number): PlacedMessage {
  return {
    key,
    value,
    headers,
    partition: partitionOf(key, partitions),
  };
}

/** Close enough: headers are counted in characters, which a third of the limit more than covers. */
function sizeOf({ key, value, headers }: PlacedMessage): number {
  let bytes = (key?.length ?? 0) + (value === null ? 0 : Buffer.byteLength(value)) + 16;
  for (const [name, text] of Object.entries(headers ?? {})) bytes += name.length + (text?.length ?? 0) + 4;
  return bytes;
}
