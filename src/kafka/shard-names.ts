/** What a shard is called in Kafka: design.md §6. */
export interface ShardNames {
  /** Both the transactional id and the group whose offsets carry the shard's progress; nobody ever consumes with it. */
  id: string;
  progressTopic: string;
  /** Its committed offset is the next journal number. */
  positionPartition: number;
  /** Its committed offset is the nonce of the last open. */
  barrierPartition: number;
}

export function shardNames(prefix: string, shard: number): ShardNames {
  return {
    id: `${prefix}.publisher.${shard}`,
    progressTopic: `${prefix}.progress`,
    positionPartition: 2 * shard,
    barrierPartition: 2 * shard + 1,
  };
}
