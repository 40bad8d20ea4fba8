import type { Kafka } from "kafkajs";
import type { Publishers } from "../ports/publisher.ts";
import type { Compression } from "./compression.ts";
import { shardPublisher } from "./shard-publisher.ts";

/** Publishers for the shards of one installation. @param prefix Names it in Kafka; it never changes. */
export function kafkaPublishers(kafka: Kafka, prefix: string, compression: Compression = "none"): Publishers {
  return { forShard: (shard, topicOf) => shardPublisher({ kafka, prefix, shard, topicOf, compression }) };
}
