import kafkajs, { type Admin } from "kafkajs";

/** The settings of these topics, by topic. */
export async function describeTopicConfigs(
  admin: Admin,
  names: readonly string[],
): Promise<Map<string, Map<string, string>>> {
  if (names.length === 0) return new Map();
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: names.map((name) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name })),
  });
  return new Map(resources.map(({ resourceName, configEntries }) => [resourceName, asMap(configEntries)]));
}

/** The settings of one broker. */
export async function describeBrokerConfigs(admin: Admin, nodeId: number): Promise<Map<string, string>> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: kafkajs.ConfigResourceTypes.BROKER, name: String(nodeId) }],
  });
  return asMap(resources[0]?.configEntries ?? []);
}

function asMap(entries: readonly { configName: string; configValue: string }[]): Map<string, string> {
  return new Map(entries.map(({ configName, configValue }) => [configName, configValue]));
}
