import type { CodeOf } from "./errors.ts";

/** Everything that is looked at before a shard publishes: what Kafka says, what Postgres says, what was pinned. */
export interface Findings {
  shard: number;
  cluster: { pinned: string; found: string };
  topics: readonly { name: string; pinned: number; found: number }[];
  journalId: string;
  /** null before the shard was opened: opening fences, which must not happen on a cluster that is not ours. */
  position: {
    /** Kafka's position, read through the barrier. */
    progress: { next: string | null; meta: { j: string; bn: string | null } | null };
    anchor: { lastSeq: string; publishedSeq: string; seeded: boolean };
    /** Nonce of the row before Kafka's position: from the journal, or from the anchor when retention took the row; null when neither has it. */
    nonceBefore: string | null;
    /** The partition of the row before Kafka's position, when nothing was ever written to it: its topic is not the one that was. */
    emptyPartition: string | null;
  } | null;
}

/** What to do with a shard. */
export type StartDecision =
  /** Cluster and topics are right: open the shard, then decide again with the position. */
  | { do: "open" }
  /** Never published: commit position 1 explicitly, then go on. */
  | { do: "seed" }
  /** Kafka has lost the position of a shard that had one: read the topics, then decide again with the position that they prove. */
  | { do: "recover" }
  /** Publish from this number on. */
  | { do: "resume"; next: string }
  | { do: "refuse"; code: CodeOf<"fatal">; why: string };

/**
 * The decision table for a shard's start: where the stores contradict each other it refuses instead of guessing (P12).
 * The order of the rows matters: a wrong cluster explains every other difference.
 */
export function decideStart(found: Findings): StartDecision {
  const { cluster, shard, position } = found;
  if (cluster.found !== cluster.pinned) {
    return refuse(
      "TIDEMARK_OTHER_CLUSTER",
      `the brokers belong to cluster ${cluster.found}, this installation to ${cluster.pinned}`,
    );
  }
  const moved = found.topics.find((topic) => topic.found !== topic.pinned);
  if (moved !== undefined) {
    return refuse(
      "TIDEMARK_TOPIC_PARTITIONS",
      `topic ${moved.name} has ${moved.found} partitions instead of ${moved.pinned}`,
    );
  }
  if (position === null) return { do: "open" };
  const { progress, anchor } = position;
  if (progress.next === null) {
    return anchor.seeded ? { do: "recover" } : { do: "seed" };
  }
  if (progress.meta !== null && progress.meta.j !== found.journalId) {
    return refuse(
      "TIDEMARK_OTHER_JOURNAL",
      `the position of shard ${shard} was written from journal ${progress.meta.j}, this one is ${found.journalId}`,
    );
  }

  const last = BigInt(progress.next) - 1n;
  if (last < BigInt(anchor.publishedSeq)) {
    return refuse(
      "TIDEMARK_KAFKA_WENT_BACK",
      `Kafka has shard ${shard} up to ${last}, but ${anchor.publishedSeq} was published`,
    );
  }
  if (last > BigInt(anchor.lastSeq)) {
    return refuse(
      "TIDEMARK_DATABASE_WENT_BACK",
      `Kafka has shard ${shard} up to ${last}, but the journal ends at ${anchor.lastSeq}`,
    );
  }
  if (progress.meta === null || progress.meta.bn !== position.nonceBefore) {
    return refuse(
      "TIDEMARK_HISTORY_FORKED",
      `event ${last} of shard ${shard} in Kafka comes from another batch than the one in the journal`,
    );
  }
  if (position.emptyPartition !== null) {
    return refuse(
      "TIDEMARK_TOPIC_MISSING",
      `event ${last} of shard ${shard} was published to ${position.emptyPartition}, to which nothing was ever written: its topic was created anew`,
    );
  }
  return { do: "resume", next: progress.next };
}

function refuse(code: CodeOf<"fatal">, why: string): StartDecision {
  return { do: "refuse", code, why };
}
