import type { TopicDescription } from "./publisher.ts";

/** What the brokers say of themselves and of topics. */
export interface ClusterCondition {
  clusterId: string;
  brokers: number;
  /** What of the API versions that publishing needs the brokers do not offer, one line each. */
  missingApis: string[];
  /** Why acknowledged records could be lost, one line each. */
  weaknesses: string[];
  /** Those that were asked for and exist. */
  topics: TopicCondition[];
}

export interface TopicCondition extends TopicDescription {
  /** How long its records stay, in milliseconds; null: for ever. */
  retentionMs: number | null;
}

/**
 * Looks at the cluster and at these topics; creates nothing, and changes nothing.
 * @throws RetryableError `TIDEMARK_KAFKA_UNAVAILABLE`
 */
export type ExamineCluster = (topics: readonly string[]) => Promise<ClusterCondition>;
