import { execFile } from "node:child_process";
import { expect, test } from "vitest";
import { waitUntil } from "../../src/sandbox/servers/wait-until.ts";
import { program } from "../support/program-process.ts";
import { brokenInstallation, outcomes } from "./broken-installation.ts";

test("a progress topic that was deleted is created by repair, and the positions are read back from the topics", async () => {
  const broken = await brokenInstallation();
  const progress = `${broken.tidemark.prefix}.progress`;
  await broken.deleteTopic(progress);
  expect(await broken.refused()).toContain("TIDEMARK_TOPIC_MISSING");
  const looked = await broken.runbook("tidemark repair --dry-run");
  expect(looked).toMatchObject({ code: 1, reports: [], stderr: expect.stringContaining(progress) as string });
  expect(await broken.admin.listTopics()).not.toContain(progress);

  expect(outcomes(await broken.runbook("tidemark repair"))).toEqual(
    broken.shards.map(() => ["repaired", null]),
  );
  await broken.expectWhole();
});

test("a progress topic that was created anew by hand needs nothing else", async () => {
  const broken = await brokenInstallation();
  const progress = `${broken.tidemark.prefix}.progress`;
  await broken.deleteTopic(progress);
  await broken.createTopic(progress, 16);
  await broken.expectWhole();
  expect((await broken.repair()).code).toBe(0);
});

test("an output topic that was deleted, or created anew, is filled again from the journal, and others are left alone", async () => {
  const broken = await brokenInstallation();
  const topic = `${broken.tidemark.prefix}.sailpoint.accounts`;
  await broken.deleteTopic(topic);
  expect(await broken.refused()).toContain("TIDEMARK_TOPIC_MISSING");
  await broken.createTopic(topic, 3);
  const log = await broken.refused();
  expect(log).toContain("TIDEMARK_TOPIC_MISSING");
  expect(log).toContain("was created anew");

  const looked = await broken.repair();
  expect(looked.code).toBe(1);
  const refused = looked.reports.filter(({ state }) => state === "refused");
  expect(refused.map(({ code }) => code)).toEqual(["TIDEMARK_TOPIC_MISSING"]);
  expect(refused[0]?.lines.at(-1)).toContain("tidemark repair --republish-from 1");
  const [lost] = refused;
  const one = await broken.repair("--shard", String(lost?.shard), "--republish-from", "1");
  expect(outcomes(one)).toEqual([["refused", "TIDEMARK_TOPIC_MISSING"]]);

  expect((await broken.runbook("tidemark repair --republish-from 1")).code).toBe(0);
  await broken.expectWhole();
});

test("partitions that were added are refused; the topic created anew with its own number is filled again", async () => {
  const broken = await brokenInstallation();
  const topic = `${broken.tidemark.prefix}.bamboohr.accounts`;
  await broken.admin.createPartitions({ topicPartitions: [{ topic, count: 5 }] });
  expect(await broken.refused()).toContain("TIDEMARK_TOPIC_PARTITIONS");
  const looked = await broken.repair("--republish-from", "1", "--from-kafka");
  expect(outcomes(looked)).toEqual(broken.shards.map(() => ["refused", "TIDEMARK_TOPIC_PARTITIONS"]));

  await broken.deleteTopic(topic);
  expect((await broken.runbook("tidemark repair --republish-from 1")).code).toBe(0);
  await broken.expectWhole();
});

test("a repair that is killed leaves shards that workers refuse, and its repetition doubles nothing", async () => {
  const broken = await brokenInstallation(1_500);
  const { tidemark, admin } = broken;
  const topics = ["sailpoint", "bamboohr"].map((connector) => `${tidemark.prefix}.${connector}.accounts`);
  for (const topic of topics) await broken.deleteTopic(topic);

  const exist = async () => {
    const found = await admin.listTopics();
    return topics.every((topic) => found.includes(topic));
  };
  const written = async (topic: string) =>
    (await admin.fetchTopicOffsets(topic)).some(({ high }) => high !== "0");
  const someAreFilled = async () => (await Promise.all(topics.map(written))).some(Boolean);
  for (const moment of [exist, someAreFilled]) {
    const args = [program, "repair", "--config", tidemark.configFile, "--republish-from", "1"];
    const killed = execFile(process.execPath, args);
    await waitUntil(() => moment().catch(() => false), 60_000);
    killed.kill("SIGKILL");
    // The lease of the repair has to run out first.
    expect(await broken.refused()).toMatch(/TIDEMARK_(TOPIC_MISSING|KAFKA_WENT_BACK)/);
  }
  const repaired = await broken.runbook("tidemark repair --republish-from 1");
  expect(repaired.code, JSON.stringify(repaired)).toBe(0);
  await broken.expectWhole();
});
