import type { PinnedTopic } from "../ports/store.ts";
import type { WorkerPorts } from "./worker-ports.ts";

/** What this installation expects of the brokers. */
export interface TopicSettings {
  prefix: string;
  shardCount: number;
  /** Partitions of an output topic that Tidemark creates. */
  partitions: number;
  allowWeakDurability: boolean;
}

/** A topic as it was pinned and as the brokers have it now. */
export interface CheckedTopic extends PinnedTopic {
  found: number;
  maxBatchBytes: number;
}

/** Knows the cluster and every topic that is published to; each is created or checked once per process and pinned in Postgres. */
export interface TopicBook {
  /** @throws what `Brokers.ensureTopics` throws */
  check(wanted: readonly { name: string; compacted: boolean }[]): Promise<Checked>;
  /** Asks anew how large a batch these topics accept, which shows in everything that was checked. @throws what `Brokers.maxBatchBytes` throws */
  refreshLimits(topics: readonly string[]): Promise<void>;
}

export interface Checked {
  cluster: { pinned: string; found: string };
  topics: ReadonlyMap<string, CheckedTopic>;
}

/** The topic without records whose partitions the positions of all shards are committed for: two per shard. */
export function progressTopic(prefix: string): string {
  return `${prefix}.progress`;
}

export function topicBook(
  settings: TopicSettings,
  { brokers, store }: Pick<WorkerPorts, "brokers" | "store">,
): TopicBook {
  const checked = new Map<string, CheckedTopic>();
  let cluster: Checked["cluster"] | null = null;
  let underWay: Promise<unknown> = Promise.resolve();

  const check = async (wanted: readonly { name: string; compacted: boolean }[]): Promise<Checked> => {
    if (cluster === null) {
      const found = await brokers.clusterId();
      cluster = { found, pinned: await store.pinCluster(found) };
    }
    const progress = {
      name: progressTopic(settings.prefix),
      partitions: 2 * settings.shardCount,
      compacted: false,
    };
    const missing = [progress, ...wanted].filter(({ name }) => !checked.has(name));
    // Another cluster explains everything else: nothing is created there.
    if (missing.length > 0 && cluster.found === cluster.pinned) {
      const pinned = new Map((await store.pinnedTopics()).map((topic) => [topic.name, topic]));
      const found = await brokers.ensureTopics({
        topics: missing.map(
          (topic) => pinned.get(topic.name) ?? { partitions: settings.partitions, ...topic },
        ),
        existing: [...pinned.keys()],
        allowWeakDurability: settings.allowWeakDurability,
      });
      for (const topic of found) {
        const pin = await store.pinTopic({
          name: topic.name,
          partitions: topic.partitions,
          compacted: topic.compacted,
        });
        checked.set(topic.name, { ...pin, found: topic.partitions, maxBatchBytes: topic.maxBatchBytes });
      }
    }
    return { cluster, topics: checked };
  };

  return {
    check(wanted) {
      // One at a time: two shards that open together must not create the same topic twice.
      const mine = underWay.then(() => check(wanted));
      underWay = mine.catch(() => undefined);
      return mine;
    },
    async refreshLimits(topics) {
      const limits = await brokers.maxBatchBytes(topics.filter((name) => checked.has(name)));
      for (const [name, maxBatchBytes] of limits) {
        const known = checked.get(name);
        if (known !== undefined) checked.set(name, { ...known, maxBatchBytes });
      }
    },
  };
}
