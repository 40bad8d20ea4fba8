import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { Client } from "pg";
import { expect, inject, onTestFinished, test } from "vitest";
import { startKafka } from "../../src/sandbox/servers/native-kafka.ts";
import { waitUntil } from "../../src/sandbox/servers/wait-until.ts";
import { seededRandom } from "../../src/sandbox/upstreams/random.ts";
import { type TestInstallation, install } from "../support/installation.ts";
import { seed } from "../support/seed.ts";
import { watchedBambooHr, watchedPair, watchedSailPoint } from "../support/watched-upstreams.ts";

const forEver = 1_000_000_000;

test("database connections that are cut, also while commits run, cost nothing but time", async () => {
  const random = seededRandom(seed);
  const upstreams = await watchedPair(300, seed);
  const tidemark = await install(upstreams);
  const workers = [tidemark.startWorker(), tidemark.startWorker()];
  await expect.poll(() => tidemark.owned(workers), { timeout: 30_000 }).toEqual([4, 4]);
  for (const { control } of upstreams) await control.churn(40);

  const database = new Client({ connectionString: tidemark.databaseUrl });
  await database.connect();
  onTestFinished(() => database.end());
  for (let cut = 0; cut < 8; cut += 1) {
    await pause(random.below(1_000));
    await database.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
    );
  }
  for (const statement of ["source.commit", "shard.published", "source.commit", "shard.published"] as const) {
    while (!(await cutStatement(database, statement))) await pause(random.below(500));
  }
  for (const { control } of upstreams) await control.churn(0);
  await tidemark.settle();

  const counts = await tidemark.expectExactlyOnce();
  const complaints = workers.flatMap((worker) => worker.log().match(/TIDEMARK_DATABASE_UNAVAILABLE/g) ?? []);
  expect(complaints.length).toBeGreaterThan(0);
  expect(await Promise.all(workers.map((worker) => worker.stop()))).toEqual([0, 0]);
  console.log(`cut connections: seed ${seed}, ${counts}`);
});

test("sources that always fail halt or back off, and delay no other", async () => {
  const healthy = await watchedSailPoint({ accounts: 300, seed, source: "healthy" });
  healthy.config["sweepEvery"] = "1h";
  const pollsWithin = async (ms: number) => {
    await healthy.control.clearRequests();
    await pause(ms);
    return (await healthy.control.requests()).length;
  };
  // In one shard of one worker, where they could be in each other's way.
  const tidemark = await install([healthy], { shards: 1 });
  const worker = tidemark.startWorker();
  const states = async () =>
    Object.fromEntries((await tidemark.store.overview()).sources.map((source) => [source.name, source]));
  await expect
    .poll(async () => (await states())["healthy"]?.lastPollAgeMs, { timeout: 30_000 })
    .toBeTypeOf("number");
  const alone = await pollsWithin(4_000);

  const revoked = await watchedSailPoint({ accounts: 10, seed, source: "revoked" });
  await revoked.control.inject({ kind: "401", path: "/v3/", times: forEver });
  const stranger = await watchedBambooHr({ accounts: 10, seed, source: "stranger" });
  stranger.config.settings["apiKey"] = "wrong";
  const down = await watchedSailPoint({ accounts: 10, seed, source: "down" });
  await down.control.inject({ kind: "500", times: forEver });
  await tidemark.add([revoked, stranger, down]);
  await expect.poll(states, { timeout: 30_000 }).toMatchObject({
    revoked: { state: "halted", haltedCode: "TIDEMARK_UPSTREAM_UNAUTHORIZED" },
    stranger: { state: "halted", haltedCode: "TIDEMARK_UPSTREAM_UNAUTHORIZED" },
    down: { state: "running", failures: expect.toSatisfy((failures: number) => failures > 0) },
  });
  await down.control.clearRequests();
  const beside = await pollsWithin(4_000);

  expect(beside).toBeGreaterThan(alone / 2);
  const asked = (await revoked.control.requests()).map(({ path, status }) => `${path} ${status}`);
  const attempt = ["/oauth/token 200", "/v3/accounts 401"];
  expect(asked, "one attempt, one refresh of the token").toEqual([...attempt, ...attempt]);
  expect(await stranger.control.requests()).toHaveLength(1);
  expect((await down.control.requests()).length).toBeLessThan(alone / 2);
  expect(await worker.stop()).toBe(0);
  console.log(`failing neighbours: seed ${seed}, ${alone} polls alone, ${beside} beside them`);
});

test("a worker that was suspended for longer than its lease changes nothing twice, and works again", async () => {
  const random = seededRandom(seed);
  const upstreams = await watchedPair(300, seed);
  const tidemark = await install(upstreams);
  const workers = [tidemark.startWorker(), tidemark.startWorker()];
  for (const { control } of upstreams) await control.churn(30);

  for (const sleeper of [0, 1]) {
    await expect.poll(() => tidemark.owned(workers), { timeout: 30_000 }).toEqual([4, 4]);
    await pause(random.below(1_000));
    workers[sleeper]?.suspend();
    const taken = sleeper === 0 ? [0, 8] : [8, 0];
    await expect.poll(() => tidemark.owned(workers), { timeout: 20_000 }).toEqual(taken);
    const before = await journalled(tidemark);
    await expect.poll(() => journalled(tidemark), { timeout: 20_000 }).toBeGreaterThan(before + 20);
    workers[sleeper]?.resume();
  }
  await expect.poll(() => tidemark.owned(workers), { timeout: 30_000 }).toEqual([4, 4]);
  for (const { control } of upstreams) await control.churn(0);
  await tidemark.settle();

  const counts = await tidemark.expectExactlyOnce();
  for (const worker of workers) expect(worker.log()).toContain('"msg":"shard.lost"');
  expect(await Promise.all(workers.map((worker) => worker.stop()))).toEqual([0, 0]);
  console.log(`suspended workers: seed ${seed}, ${counts}`);
});

test("while Kafka is away the journal goes on growing, and is published once when Kafka is back", async () => {
  const folder = mkdtempSync(join(tmpdir(), "kafka-"));
  onTestFinished(() => rmSync(folder, { recursive: true, maxRetries: 10 }));
  const kafka = await startKafka({ folder, jars: inject("jars"), say: () => undefined });
  onTestFinished(() => kafka.kill9());
  const upstreams = await watchedPair(300, seed);
  const tidemark = await install(upstreams, { brokers: kafka.brokers });
  const worker = tidemark.startWorker();
  for (const { control } of upstreams) await control.churn(40);
  await expect.poll(() => published(tidemark), { timeout: 60_000 }).toBeGreaterThan(600);

  await kafka.kill9();
  const before = await journalled(tidemark);
  await expect.poll(() => journalled(tidemark), { timeout: 60_000 }).toBeGreaterThan(before + 400);
  const memoryMb = await residentMb(worker.pid);
  const waiting = (await journalled(tidemark)) - (await published(tidemark));
  await kafka.start();
  for (const { control } of upstreams) await control.churn(0);
  await tidemark.settle();

  const counts = await tidemark.expectExactlyOnce();
  expect(waiting).toBeGreaterThanOrEqual(400);
  expect(memoryMb).toBeLessThan(300);
  expect(await worker.stop()).toBe(0);
  console.log(`Kafka away: seed ${seed}, ${waiting} events waited, ${memoryMb} MB, ${counts}`);
}, 240_000);

/**
 * Ends the sessions in which this statement is under way: a commit, or the note of what was published, which comes after Kafka's commit.
 * @returns false when none was.
 */
async function cutStatement(
  database: Client,
  statement: "source.commit" | "shard.published",
): Promise<boolean> {
  // Both write their shard's row, so whoever holds it makes them wait.
  const hold =
    statement === "source.commit"
      ? "select from tidemark.shard for update"
      : "select from tidemark.shard where last_seq > published_seq for update";
  const isHeld = await waitUntil(async () => {
    await database.query("begin");
    if ((await database.query(hold)).rowCount !== 0) return true;
    await database.query("rollback");
    return false;
  }, 5_000);
  if (!isHeld) return false;
  const isCut = await waitUntil(async () => {
    await database.query("select pg_stat_clear_snapshot()"); // a transaction sees one picture of the sessions
    const { rowCount } = await database.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock' and query like $1`,
      [`/* ${statement} */%`],
    );
    return rowCount !== 0;
  }, 1_000);
  await database.query("rollback");
  return isCut;
}

async function journalled({ store }: TestInstallation): Promise<number> {
  return (await store.overview()).shards.reduce((sum, { lastSeq }) => sum + Number(lastSeq), 0);
}

async function published({ store }: TestInstallation): Promise<number> {
  return (await store.overview()).shards.reduce((sum, { publishedSeq }) => sum + Number(publishedSeq), 0);
}

async function residentMb(pid: number): Promise<number> {
  const { stdout } = await promisify(execFile)("ps", ["-o", "rss=", "-p", String(pid)]);
  return Math.round(Number(stdout) / 1_024);
}
