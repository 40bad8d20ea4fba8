import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Kafka, logLevel } from "kafkajs";
import { Client } from "pg";
import { afterAll, afterEach, expect, inject, test } from "vitest";
import { commandOf } from "../../../src/sandbox/servers/command-of.ts";
import { FolderLockedError, lockFolder } from "../../../src/sandbox/servers/folder-lock.ts";
import { startKafka, type NativeKafka } from "../../../src/sandbox/servers/native-kafka.ts";
import { startPostgres, type NativePostgres } from "../../../src/sandbox/servers/native-postgres.ts";
import { endPostgresOrphans } from "../../../src/sandbox/servers/postgres-orphans.ts";
import { endServer } from "../../../src/sandbox/servers/server-process.ts";

// Made by mkdtemp, only its owner can enter it; where the tests run as root, this is the hard case of Postgres.
const folder = realpathSync(mkdtempSync(join(tmpdir(), "servers-")));
const jars = inject("jars");
let said: string[] = [];
const say = (line: string) => void said.push(line);

const start = () => Promise.all([startPostgres({ folder, say }), startKafka({ folder, jars, say })]);
const stop = ([postgres, kafka]: [NativePostgres, NativeKafka]) =>
  Promise.all([kafka.stop(), postgres.stop()]);

afterEach(() => (said = []));
afterAll(async () => {
  await Promise.all(["kafka", "postgres"].map((name) => endServer(join(folder, name), "SIGKILL", 10_000)));
  await endPostgresOrphans(join(folder, "postgres/data"));
  rmSync(folder, { recursive: true, maxRetries: 10 });
});

async function query(url: string, statement: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  client.on("error", () => undefined); // the query fails too, and that is awaited
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}

async function topicsOf(brokers: string[], create?: string): Promise<string[]> {
  const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    if (create) await admin.createTopics({ topics: [{ topic: create }], waitForLeaders: true });
    return await admin.listTopics();
  } finally {
    await admin.disconnect();
  }
}

/** Starts the servers in a process group of its own, as a terminal does. */
async function startElsewhere() {
  const script = join(import.meta.dirname, "start-and-stay.ts");
  const child = spawn(process.execPath, [script, folder, jars], {
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  const { pids, url, brokers } = JSON.parse(line.toString()) as {
    pids: number[];
    url: string;
    brokers: string[];
  };
  return { child, pids, url, brokers };
}

test("servers outlive a starter whose whole process group is killed, and the next start adopts them", async () => {
  const first = await startElsewhere();
  await query(first.url, "create table kept as select 42 as answer");
  await topicsOf(first.brokers, "kept");
  expect(() => lockFolder(folder)).toThrow(FolderLockedError);

  process.kill(-(first.child.pid ?? 0), "SIGKILL");
  await once(first.child, "exit");
  const [postgres, kafka] = await start();

  expect([postgres.pid(), kafka.pid()]).toEqual(first.pids);
  expect([postgres.url, kafka.brokers]).toEqual([first.url, first.brokers]);
  expect(said).not.toContain("Postgres: starting");
  expect(said).not.toContain("Kafka: starting");
  await stop([postgres, kafka]);
  expect(first.pids.map(commandOf)).toEqual([undefined, undefined]);
});

test("a stop ends both processes, and the next start finds the data again at the same addresses", async () => {
  const [postgres, kafka] = await start();
  await query(postgres.url, "create table if not exists kept as select 42 as answer");
  await topicsOf(kafka.brokers, "kept");
  const pids = [postgres.pid() ?? 0, kafka.pid() ?? 0];
  await stop([postgres, kafka]);
  await stop([postgres, kafka]); // a second stop does nothing
  expect(pids.map(commandOf)).toEqual([undefined, undefined]);

  said = [];
  const again = await start();
  expect([again[0].url, again[1].brokers]).toEqual([postgres.url, kafka.brokers]);
  expect(said).not.toContain("Postgres: initialising");
  expect(said).not.toContain("Kafka: formatting its storage");
  expect(await query(again[0].url, "select answer from kept")).toEqual([{ answer: 42 }]);
  expect(await topicsOf(again[1].brokers)).toContain("kept");
  await stop(again);
});

const endless = "select count(*) from generate_series(1, 1000000000000)";
const endlessOnes = "select from pg_stat_activity where state = 'active' and query like 'select count%'";

test("a killed Postgres starts again, whatever its sessions were doing and whoever has its process id now", async () => {
  const postgres = await startPostgres({ folder, say });
  const running = query(postgres.url, endless);
  await expect.poll(() => query(postgres.url, endlessOnes)).toHaveLength(1);

  // Killed from outside, so that the session goes on: it does not notice before its query is done.
  process.kill(postgres.pid() ?? 0, "SIGKILL");
  await expect.poll(() => postgres.pid()).toBeUndefined();
  // This test's own process has got the number of the dead one, in both places where it is noted.
  const lockFile = join(folder, "postgres/data/postmaster.pid");
  writeFileSync(lockFile, readFileSync(lockFile, "utf8").replace(/^\d+/, String(process.pid)));
  writeFileSync(join(folder, "postgres/pid"), String(process.pid));
  expect(postgres.pid()).toBeUndefined();
  await Promise.all([postgres.start(), expect(running).rejects.toThrow("terminated")]);

  expect(await query(postgres.url, "select 1 as one")).toEqual([{ one: 1 }]);
  await postgres.stop();
});

test("a Postgres that is killed on purpose takes its sessions with it", async () => {
  const postgres = await startPostgres({ folder, say });
  const running = query(postgres.url, endless);
  await expect.poll(() => query(postgres.url, endlessOnes)).toHaveLength(1);
  await Promise.all([postgres.kill9(), expect(running).rejects.toThrow("terminated")]);
  await postgres.start();
  await postgres.stop();
});

test("a killed Kafka starts again at the same address with the topics it had", async () => {
  const kafka = await startKafka({ folder, jars, say });
  await topicsOf(kafka.brokers, "before-the-kill");
  await kafka.kill9();
  expect(kafka.pid()).toBeUndefined();
  await kafka.start();
  expect(await topicsOf(kafka.brokers)).toContain("before-the-kill");
  await kafka.stop();
});
