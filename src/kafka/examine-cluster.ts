import type { Kafka } from "kafkajs";
import type { ExamineCluster } from "../ports/cluster.ts";
import { allTopics, topicDescription } from "./all-topics.ts";
import { missingApis, readApiVersions } from "./api-versions.ts";
import { translateError } from "./error-class.ts";
import type { KafkaSettings } from "./kafka-client.ts";
import { weakDurability } from "./weak-durability.ts";
import { withAdmin } from "./with-admin.ts";

/** @see ExamineCluster */
export function examineCluster(kafka: Kafka, ssl: KafkaSettings["ssl"]): ExamineCluster {
  return async (topics) => {
    try {
      return await withAdmin(kafka, async (admin) => {
        const { brokers, clusterId } = await admin.describeCluster();
        const found = await allTopics(admin);
        const names = topics.filter((name) => found.has(name));
        const { configs, findings } = await weakDurability(admin, { brokers, found, names });
        const lacks = await Promise.all(
          brokers.map(async (broker) =>
            missingApis(await readApiVersions(broker, ssl)).map((line) => `broker ${broker.nodeId}: ${line}`),
          ),
        );
        return {
          clusterId,
          brokers: brokers.length,
          missingApis: lacks.flat(),
          weaknesses: findings,
          topics: names.map((name) => ({
            ...topicDescription(found.get(name), name, configs.get(name)),
            retentionMs: retentionOf(configs.get(name)),
          })),
        };
      });
    } catch (error) {
      throw translateError(error, "examining the cluster");
    }
  };
}

function retentionOf(configs: ReadonlyMap<string, string> | undefined): number | null {
  const ms = Number(configs?.get("retention.ms") ?? -1);
  return ms < 0 ? null : ms;
}
