import type { Admin, ITopicMetadata } from "kafkajs";
import type { TopicDescription } from "../ports/publisher.ts";
import { topicLimit } from "./topic-limit.ts";

/** Every topic of the cluster, by name. */
export async function allTopics(admin: Admin): Promise<ReadonlyMap<string, ITopicMetadata>> {
  const { topics } = await admin.fetchTopicMetadata();
  return new Map(topics.map((topic) => [topic.name, topic]));
}

/** A topic as the port tells of it. @param configs Its settings, by their names. */
export function topicDescription(
  topic: ITopicMetadata | undefined,
  name: string,
  configs: ReadonlyMap<string, string> | undefined,
): TopicDescription {
  return {
    name,
    partitions: topic?.partitions.length ?? 0,
    compacted: configs?.get("cleanup.policy")?.includes("compact") ?? false,
    maxBatchBytes: topicLimit(configs),
  };
}
