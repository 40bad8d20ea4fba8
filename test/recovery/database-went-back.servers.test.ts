import { expect, test } from "vitest";
import { type BrokenInstallation, brokenInstallation, outcomes } from "./broken-installation.ts";

const wentBack = ["TIDEMARK_DATABASE_WENT_BACK", "TIDEMARK_HISTORY_FORKED"];

test("a database that was restored to an earlier moment gets back from Kafka what it has lost", async () => {
  const broken = await brokenInstallation();
  await broken.backUp();
  await broken.work();
  await broken.work();
  const lost = await journal(broken);
  await broken.goBack();
  const restored = await journal(broken);

  const looked = await broken.repair();
  expect(outcomes(looked)).toEqual(broken.shards.map(() => ["refused", "TIDEMARK_DATABASE_WENT_BACK"]));
  for (const { shard, lines } of looked.reports)
    expect(lines.at(-1)).toContain(`tidemark repair --shard ${shard} --from-kafka`);
  expect(outcomes(await broken.runbook("tidemark repair --dry-run --from-kafka"))).toEqual(
    broken.shards.map(() => ["to-be-repaired", "TIDEMARK_DATABASE_WENT_BACK"]),
  );
  expect(await journal(broken)).toEqual(restored);

  const repaired = await broken.runbook("tidemark repair --from-kafka");
  expect(outcomes(repaired)).toEqual(broken.shards.map(() => ["repaired", "TIDEMARK_DATABASE_WENT_BACK"]));
  expect(repaired.code).toBe(0);
  expect(await journal(broken)).toEqual(lost);
  expect(outcomes(await broken.repair("--from-kafka"))).toEqual(broken.shards.map(() => ["agrees", null]));
  await broken.expectWhole();
});

test("what a restored database has observed and not published follows after what comes back from Kafka", async () => {
  const broken = await brokenInstallation();
  await broken.backUp();
  await broken.work();
  const inKafka = (await journal(broken)).length;
  await broken.goBack();
  const restored = new Set((await journal(broken)).map(numberOf));
  // The same accounts and others change while the numbers that Kafka has are given once more.
  for (const { control } of broken.upstreams) await control.mutate({ insert: 5, update: 40, delete: 5 });
  await broken.pollWithoutKafka();
  const log = await broken.refused();
  expect(
    wentBack.filter((code) => log.includes(code)),
    log.slice(-1_000),
  ).toHaveLength(1);
  expect((await broken.repair()).reports.every(({ code }) => code !== null && wentBack.includes(code))).toBe(
    true,
  );

  const polled = (await journal(broken)).filter((row) => !restored.has(numberOf(row)));
  expect(polled.length).toBeGreaterThan(20);
  const repaired = await broken.runbook("tidemark repair --from-kafka");
  expect(repaired.reports.map(({ state }) => state)).toEqual(broken.shards.map(() => "repaired"));
  const whole = await journal(broken);
  expect(whole.length).toBeGreaterThan(inKafka);
  // Nothing that was polled is forgotten, and no upstream has to be asked for it again.
  await expectStates(broken, polled, whole);
  await broken.expectWhole();
});

test("a database that was restored and has counted on to where Kafka is, is recognised by the batches' nonces", async () => {
  const broken = await brokenInstallation();
  await broken.backUp();
  for (const { control } of broken.upstreams) await control.mutate({ update: 3 });
  await broken.work();
  await broken.goBack();
  for (let round = 0; round < 3; round += 1) {
    for (const { control } of broken.upstreams) await control.mutate({ insert: 30, update: 30 });
    await broken.pollWithoutKafka();
  }
  const looked = await broken.repair();
  expect(outcomes(looked)).toEqual(broken.shards.map(() => ["refused", "TIDEMARK_HISTORY_FORKED"]));
  expect(await broken.refused()).toContain("TIDEMARK_HISTORY_FORKED");
  const repaired = await broken.runbook("tidemark repair --from-kafka");
  expect(repaired.reports.map(({ state }) => state)).toEqual(broken.shards.map(() => "repaired"));
  await broken.expectWhole();
});

test("events that are not in the topics any more cannot be brought back, and nothing is done", async () => {
  const broken = await brokenInstallation();
  await broken.backUp();
  await broken.work();
  await broken.goBack();
  const { admin, tidemark } = broken;
  const topic = `${tidemark.prefix}.bamboohr.accounts`;
  const ends = await admin.fetchTopicOffsets(topic);
  const partitions = ends.map(({ partition, high }) => ({ partition, offset: high }));
  await admin.deleteTopicRecords({ topic, partitions });

  const before = await journal(broken);
  const refused = await broken.repair("--from-kafka");
  expect(refused.code).toBe(1);
  expect(refused.reports.map(({ state }) => state).sort()).toEqual(["refused", "repaired"]);
  const lines = refused.reports.find(({ state }) => state === "refused")?.lines ?? [];
  expect(lines.at(-1)).toMatch(/the topics lack \d+ of the events \d+ to \d+/);
  const [shard] = refused.reports.filter(({ state }) => state === "refused").map((report) => report.shard);
  const ofShard = (rows: Row[]) => rows.filter((row) => row.shard === shard);
  expect(ofShard(await journal(broken))).toEqual(ofShard(before));
});

interface Row {
  shard: number;
  seq: string;
  key: string;
  hash: string;
}

async function journal(broken: BrokenInstallation): Promise<Row[]> {
  const rows = await broken.sql(
    `select shard, seq, version, op, topic, key, value, encode(hash, 'hex') as hash, batch_nonce, observed_at
     from tidemark.journal order by shard, seq`,
  );
  return rows as unknown as Row[];
}

function numberOf({ shard, seq }: Row): string {
  return `${shard}:${seq}`;
}

/** The accounts are as the journal tells, and those that were polled as they were seen. */
async function expectStates(broken: BrokenInstallation, polled: Row[], whole: Row[]): Promise<void> {
  const lastOf = (rows: Row[]) => new Map(rows.map((row) => [row.key, row.hash]));
  const ends = lastOf(whole);
  const states = await broken.sql(
    `select name || '/' || account_id as key, encode(hash, 'hex') as hash
     from tidemark.account join tidemark.source on source.id = source_id`,
  );
  expect(new Map(states.map(({ key, hash }) => [key, hash]))).toEqual(ends);
  for (const [key, hash] of lastOf(polled)) expect(ends.get(key), key).toBe(hash);
}
