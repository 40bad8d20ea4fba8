import type { Source, Store } from "../ports/store.ts";

/**
 * The topics of sources, and of events of these shards that may have to be published: a replay may have written for topics that no source has. The topic
 * of a source that was removed is one only while its events wait.
 * @param from The first of these events; null: the first that is not published.
 */
export async function topicsToPublish(
  shards: readonly number[],
  from: string | null,
  sources: readonly Pick<Source, "topic" | "compacted" | "isRemoved">[],
  store: Pick<Store, "shardAnchor" | "journalTopics">,
): Promise<{ name: string; compacted: boolean }[]> {
  const topics = new Map<string, { name: string; compacted: boolean }>();
  for (const shard of shards) {
    const { publishedSeq } = await store.shardAnchor(shard);
    for (const name of await store.journalTopics(shard, from ?? String(BigInt(publishedSeq) + 1n)))
      topics.set(name, { name, compacted: false });
  }
  for (const { topic, compacted, isRemoved } of sources)
    if (!isRemoved) topics.set(topic, { name: topic, compacted });
  return [...topics.values()];
}
