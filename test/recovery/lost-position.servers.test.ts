import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { brokenInstallation, outcomes } from "./broken-installation.ts";

test("positions that were deleted are read back from the topics, and nothing is lost or doubled", async () => {
  const broken = await brokenInstallation();
  const { tidemark, upstreams, admin, shards } = broken;
  const groups = shards.map((shard) => `${tidemark.prefix}.publisher.${shard}`);

  // Killed in the middle of its work, so that Kafka may be ahead of what Postgres knows.
  const worker = tidemark.startWorker();
  for (const { control } of upstreams) await control.churn(60);
  await pause(3_000);
  await worker.kill();
  for (const { control } of upstreams) await control.churn(0);
  await admin.deleteGroups(groups);

  const successor = tidemark.startWorker();
  await tidemark.settle();
  expect(await successor.stop()).toBe(0);
  expect(successor.log().match(/"decision":"recover"/g)).toHaveLength(shards.length);
  await tidemark.expectExactlyOnce();

  await admin.deleteGroups(groups);
  const looked = await broken.runbook("tidemark repair --dry-run");
  expect(outcomes(looked)).toEqual(shards.map(() => ["to-be-repaired", null]));
  const repaired = await broken.runbook("tidemark repair");
  expect(outcomes(repaired)).toEqual(shards.map(() => ["repaired", null]));
  expect(repaired.code).toBe(0);
  expect(outcomes(await broken.repair())).toEqual(shards.map(() => ["agrees", null]));
  await broken.expectWhole();
});

test("a position is not guessed when what would prove it was removed from a topic", async () => {
  const broken = await brokenInstallation();
  const { tidemark, admin, shards } = broken;
  await admin.deleteGroups(shards.map((shard) => `${tidemark.prefix}.publisher.${shard}`));
  const topic = `${tidemark.prefix}.sailpoint.accounts`;
  const partitions = (await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => ({
    partition,
    offset: high,
  }));
  await admin.deleteTopicRecords({ topic, partitions });

  expect(await broken.refused()).toContain("TIDEMARK_PROGRESS_LOST");
  const refused = await broken.repair();
  expect(refused.code).toBe(1);
  const lost = refused.reports.filter(({ code }) => code === "TIDEMARK_PROGRESS_LOST");
  expect(lost.length).toBeGreaterThan(0);
  for (const { shard, lines } of lost) {
    // Nothing was under way: the first event that is not known to be published is the right one.
    const { publishedSeq } = await tidemark.store.shardAnchor(shard);
    const next = String(BigInt(publishedSeq) + 1n);
    expect(lines.at(-1)).toContain(`tidemark repair --shard ${shard} --republish-from ${next}`);
    const command = "tidemark repair --shard <shard> --republish-from <seq>";
    expect((await broken.runbook(command, { shard, seq: next })).code).toBe(0);
  }
  expect((await broken.repair()).code).toBe(0);
  await broken.work();
  const published = await tidemark.store.overview();
  expect(published.shards.every(({ lastSeq, publishedSeq }) => lastSeq === publishedSeq)).toBe(true);
});

test("a position that has gone back goes forward again, and only what the topics lack is published", async () => {
  const broken = await brokenInstallation();
  const { tidemark, kafka } = broken;
  const [shard = 0] = broken.shards;
  const { publishedSeq } = await tidemark.store.shardAnchor(shard);
  const id = `${tidemark.prefix}.publisher.${shard}`;
  const producer = kafka.producer({ transactionalId: id, maxInFlightRequests: 1, idempotent: true });
  await producer.connect();
  const transaction = await producer.transaction();
  const partitions = [{ partition: 2 * shard, offset: "11" }];
  await transaction.sendOffsets({
    consumerGroupId: id,
    topics: [{ topic: `${tidemark.prefix}.progress`, partitions }],
  });
  await transaction.commit();
  await producer.disconnect();

  expect(await broken.refused()).toContain("TIDEMARK_KAFKA_WENT_BACK");
  const looked = await broken.repair();
  expect(looked.reports.find((report) => report.shard === shard)).toMatchObject({
    state: "refused",
    code: "TIDEMARK_KAFKA_WENT_BACK",
    lines: [
      `Kafka has shard ${shard} up to 10, but ${publishedSeq} was published`,
      `tidemark repair --shard ${shard} --republish-from 11 publishes what the topics lack`,
    ],
  });
  const numbers = { shard, seq: 11 };
  const flags = "--shard <shard> --republish-from <seq>";
  expect(outcomes(await broken.runbook(`tidemark repair --dry-run ${flags}`, numbers))).toEqual([
    ["to-be-repaired", "TIDEMARK_KAFKA_WENT_BACK"],
  ]);
  expect(await broken.refused()).toContain("TIDEMARK_KAFKA_WENT_BACK");
  expect(await broken.runbook(`tidemark repair ${flags}`, numbers)).toMatchObject({
    code: 0,
    reports: [{ state: "repaired" }],
  });
  await broken.expectWhole();
});
