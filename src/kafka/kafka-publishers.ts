import type { Kafka } from "kafkajs";
import type { Publishers } from "../ports/publisher.ts";
import { shardPublisher } from "./shard-publisher.ts";

/** Publishers for the shards of one installation. @param prefix Names it in Kafka; it never changes. */
export function kafkaPublishers(kafka: Kafka, prefix: string): Publishers {
  return { forShard: (shard, partitionsOf) => shardPublisher({ kafka, prefix, shard, partitionsOf }) };
}
