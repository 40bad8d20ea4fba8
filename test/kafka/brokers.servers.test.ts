import { randomUUID } from "node:crypto";
import { describe, expect, inject, test } from "vitest";
import { missingApis, readApiVersions } from "../../src/kafka/api-versions.ts";
import { kafkaBrokers } from "../../src/kafka/kafka-brokers.ts";
import { kafkaClient } from "../../src/kafka/kafka-client.ts";
import { silentLog } from "../support/memory-log.ts";

function setup() {
  const warnings: { message: string; fields: Record<string, unknown> | undefined }[] = [];
  const log = {
    ...silentLog,
    warn: (message: string, fields?: Record<string, unknown>) => void warnings.push({ message, fields }),
  };
  const kafka = kafkaClient({ brokers: inject("brokers") }, silentLog);
  const topic = { name: `brokers-${randomUUID()}`, partitions: 5, compacted: true };
  return { kafka, brokers: kafkaBrokers({ kafka, log }), topic, warnings };
}

describe("the brokers", () => {
  test("have one cluster id, however often they are asked", async () => {
    const { brokers } = setup();
    const id = await brokers.clusterId();
    expect(id).toMatch(/\S/);
    expect(await setup().brokers.clusterId()).toBe(id);
  });

  test("offer the API versions that are needed", async () => {
    const [host = "", port] = (inject("brokers")[0] ?? "").split(":");
    const offered = await readApiVersions({ host, port: Number(port) }, undefined);
    expect(offered.get(18)?.max).toBeGreaterThanOrEqual(3);
    expect(missingApis(offered)).toEqual([]);
  });

  test("of one node are refused with every finding in one message, unless that is allowed", async () => {
    const { brokers, topic, warnings } = setup();
    const ask = (allowWeakDurability: boolean) =>
      brokers.ensureTopics({ topics: [topic], existing: [], allowWeakDurability });
    await expect(ask(false)).rejects.toMatchObject({
      code: "TIDEMARK_WEAK_DURABILITY",
      message: expect.stringMatching(
        /replicas 1, less than 2[^]*transaction\.state\.log\.min\.isr 1/,
      ) as string,
    });
    expect(warnings).toEqual([]);
    await ask(true);
    expect(warnings).toMatchObject([{ message: "kafka.weak-durability" }]);
  });

  test("create a topic with the wanted policy and room for large events", async () => {
    const { brokers, topic, kafka } = setup();
    const found = await brokers.ensureTopics({ topics: [topic], existing: [], allowWeakDurability: true });
    expect(found).toEqual([{ ...topic, maxBatchBytes: 2_097_152 }]);
    const admin = kafka.admin();
    await admin.connect();
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: 2, name: topic.name }],
    });
    await admin.disconnect();
    const configs = new Map(
      resources[0]?.configEntries.map(({ configName, configValue }) => [configName, configValue]),
    );
    expect(configs.get("max.message.bytes")).toBe("2097152");
    expect(configs.get("cleanup.policy")).toBe("compact");
    expect(configs.get("unclean.leader.election.enable")).toBe("false");
  });

  test("may be asked for the same new topic by two workers at once", async () => {
    const { topic } = setup();
    const ask = () =>
      setup().brokers.ensureTopics({ topics: [topic], existing: [], allowWeakDurability: true });
    const found = { ...topic, maxBatchBytes: 2_097_152 };
    expect(await Promise.all([ask(), ask()])).toEqual([[found], [found]]);
  });
});
