import type { Admin, ITopicMetadata } from "kafkajs";
import { describeBrokerConfigs, describeTopicConfigs } from "./describe-configs.ts";
import { durabilityFindings } from "./durability-findings.ts";

const internalTopics: readonly string[] = ["__consumer_offsets", "__transaction_state"];

/**
 * Asks for the settings of brokers and topics, Kafka's own included, and says why records could be lost, one line each.
 * @param asked.found Every topic of the cluster.
 * @param asked.names Those that are ours.
 */
export async function weakDurability(
  admin: Admin,
  {
    brokers,
    found,
    names,
  }: {
    brokers: readonly { nodeId: number }[];
    found: ReadonlyMap<string, ITopicMetadata>;
    names: readonly string[];
  },
): Promise<{ configs: Map<string, Map<string, string>>; findings: string[] }> {
  const checked = [...names, ...internalTopics.filter((name) => found.has(name))];
  const configs = await describeTopicConfigs(admin, checked);
  const findings = durabilityFindings(
    checked.map((name) => ({
      name,
      replicas: Math.min(...(found.get(name)?.partitions ?? []).map(({ replicas }) => replicas.length)),
      configs: configs.get(name) ?? new Map(),
    })),
    await Promise.all(
      brokers.map(async ({ nodeId }) => ({ nodeId, configs: await describeBrokerConfigs(admin, nodeId) })),
    ),
  );
  return { configs, findings };
}
