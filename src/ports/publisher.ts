/** One record as Kafka stores it. */
export interface OutputRecord {
  topic: string;
  key: string;
  /** null is a tombstone. */
  value: string | null;
  headers: Record<string, string>;
}

/** What is stored beside a shard's position; at most 300 bytes as JSON. */
export interface ProgressMeta {
  /** Format of this object. */
  v: 1;
  /** Journal id of the database. */
  j: string;
  /** Batch nonce of the row before the position; null when there is none. */
  bn: string | null;
}

/** A shard's position as Kafka knows it. */
export interface Progress {
  /** The next journal number to publish; null when Kafka holds no position. */
  next: string | null;
  /** null when there is no position, or when what is stored beside it is not ours: nothing may be published after that. */
  meta: ProgressMeta | null;
}

/** Publishes for one shard. At most one call at a time; after any throw the object is dead: close it and make a new one. */
export interface ShardPublisher {
  /**
   * Fences every predecessor, then reads the position back through the barrier, so that it cannot be older than the last commit.
   * @param nonce A fresh number, unique to this call, decimal text.
   * @throws RetryableError `TIDEMARK_KAFKA_UNAVAILABLE`; FatalError `TIDEMARK_TOPIC_MISSING` when the progress topic is gone,
   *   `TIDEMARK_TOPIC_PARTITIONS` when it has no partitions for this shard.
   */
  open(nonce: string): Promise<Progress>;
  /**
   * One Kafka transaction: the new position and all records. Resolves if and only if it is committed; no records moves the position alone
   * (seeding, refresh).
   * @param batch.next The number after the last of these rows.
   * @param batch.mayCommit Asked right before the commit; false makes it throw without committing (the lease is lost).
   * @throws RetryableError `TIDEMARK_KAFKA_UNAVAILABLE` (outcome unknown); FatalError `TIDEMARK_EVENT_TOO_LARGE` (one of these records;
   *   which one shows by publishing fewer), `TIDEMARK_TOPIC_MISSING`, `TIDEMARK_TOPIC_PARTITIONS`.
   */
  publish(batch: {
    records: readonly OutputRecord[];
    next: string;
    meta: ProgressMeta;
    mayCommit(): boolean;
  }): Promise<void>;
  /** Lets go; never throws, returns within `graceMs`. */
  close(graceMs: number): Promise<void>;
}

/** What a topic looks like on the brokers. */
export interface TopicDescription {
  name: string;
  partitions: number;
  /** True when `cleanup.policy` contains `compact`. */
  compacted: boolean;
  /** The largest batch it accepts, after compression (`max.message.bytes`). */
  maxBatchBytes: number;
}

/** What a publisher has to know of a topic. */
export interface PublishedTopic {
  /** The pinned number: partition = murmur2(key) mod that number. */
  partitions: number;
  maxBatchBytes: number;
}

/** What the brokers are asked besides publishing. */
export interface Brokers {
  clusterId(): Promise<string>;
  /**
   * Creates those that are missing and checks all of them and the cluster.
   * @param wanted.existing Names that were pinned before: their absence is `TIDEMARK_TOPIC_MISSING`, never created silently.
   * @returns what is there now.
   * @throws FatalError `TIDEMARK_WEAK_DURABILITY` (all findings in one message), `TIDEMARK_BROKER_UNSUPPORTED`, `TIDEMARK_TOPIC_MISSING`;
   *   RetryableError `TIDEMARK_KAFKA_UNAVAILABLE`
   */
  ensureTopics(wanted: {
    topics: readonly { name: string; partitions: number; compacted: boolean }[];
    existing: readonly string[];
    allowWeakDurability: boolean;
  }): Promise<TopicDescription[]>;
  /**
   * Asks again for the largest batch that each of these topics accepts, which operators change while workers run.
   * @throws RetryableError `TIDEMARK_KAFKA_UNAVAILABLE`; FatalError `TIDEMARK_TOPIC_MISSING`.
   */
  maxBatchBytes(topics: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** The offset that a partition's next record gets, as decimal text: "0" only when nothing was ever written to it. */
  logEnd(topic: string, partition: number): Promise<string>;
  /**
   * Reads what one shard has committed to these topics up to now, in order per partition, and leaves no trace. Transactions that are open
   * are waited for.
   * @param wanted.sinceMs Records that were written earlier are left out; null reads all there is.
   * @param wanted.onRecord Called for one record after another; what it throws ends the reading.
   * @returns the partitions (`topic/0`) from which records of that time were already removed, so that something may be missing.
   * @throws RetryableError `TIDEMARK_KAFKA_UNAVAILABLE`, also when the signal ended the reading; FatalError `TIDEMARK_TOPIC_MISSING`.
   */
  readShard(wanted: {
    shard: number;
    topics: readonly string[];
    sinceMs: number | null;
    onRecord(record: OutputRecord): void | Promise<void>;
    signal: AbortSignal;
  }): Promise<{ trimmed: string[] }>;
  close(): Promise<void>;
}

/** Makes publishers. */
export interface Publishers {
  /** @param topicOf What it may throw for a topic that is not known ends the publishing. */
  forShard(shard: number, topicOf: (topic: string) => PublishedTopic): ShardPublisher;
}
