import type { Compression } from "../../src/kafka/compression.ts";
import { kafkaBrokers } from "../../src/kafka/kafka-brokers.ts";
import { kafkaClient } from "../../src/kafka/kafka-client.ts";
import { kafkaPublishers } from "../../src/kafka/kafka-publishers.ts";
import { readTail } from "../../src/kafka/tail-reader.ts";
import type { PublisherSubject } from "../contract/publisher.ts";
import type { StoredRecord } from "../support/memory-publisher.ts";
import { silentLog } from "../support/memory-log.ts";

/** The real publisher against these brokers, as the contract wants to see it. */
export function kafkaSubject(
  brokers: readonly string[],
  prefix: string,
  compression?: Compression,
): PublisherSubject {
  const kafka = kafkaClient({ brokers }, silentLog);
  return {
    publishers: kafkaPublishers(kafka, prefix, compression),
    brokers: kafkaBrokers({ kafka, log: silentLog }),
    async read(topics) {
      const found: StoredRecord[] = [];
      await readTail(kafka, {
        topics,
        from: "beginning",
        until: "end",
        onRecord({ topic, partition, key, value, headers }) {
          const texts = Object.entries(headers).map(([name, text]) => [name, text.toString()]);
          found.push({
            topic,
            partition,
            key: key?.toString() ?? "",
            value: value?.toString() ?? null,
            headers: Object.fromEntries(texts) as Record<string, string>,
          });
        },
      });
      return found;
    },
  };
}
