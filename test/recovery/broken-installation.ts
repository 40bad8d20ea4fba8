import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Kafka, type Admin, logLevel } from "kafkajs";
import { Client } from "pg";
import { expect, inject, onTestFinished } from "vitest";
import { dump, load } from "js-yaml";
import type { ShardReport } from "../../src/app/repair.ts";
import { waitUntil } from "../../src/sandbox/servers/wait-until.ts";
import { type TestInstallation, install } from "../support/installation.ts";
import { program } from "../support/program-process.ts";
import { seed } from "../support/seed.ts";
import { type WatchedUpstream, watchedPair } from "../support/watched-upstreams.ts";

/** What `tidemark repair` has said. */
export interface Repaired {
  code: number;
  reports: ShardReport[];
  stderr: string;
}

/** An installation that has published something, and the means to break it while no worker runs. */
export interface BrokenInstallation {
  readonly tidemark: TestInstallation;
  readonly upstreams: readonly WatchedUpstream[];
  readonly admin: Admin;
  readonly kafka: Kafka;
  /** Shards that have sources. */
  readonly shards: readonly number[];
  /** Changes the upstreams, and has a worker publish everything. */
  work(): Promise<void>;
  /** Starts a worker as in production, which must give up. @returns what it says. */
  refused(): Promise<string>;
  /** Lets a worker poll that cannot reach Kafka, until it has journalled something. */
  pollWithoutKafka(): Promise<void>;
  /** Any `tidemark repair`. */
  repair(...flags: string[]): Promise<Repaired>;
  /** A command of docs/recovery.md, written as there, with its `<placeholders>` filled in. */
  runbook(command: string, values?: Readonly<Record<string, string | number>>): Promise<Repaired>;
  /** Carries out what a worker needs, and proves that the feed is whole. */
  expectWhole(): Promise<void>;
  deleteTopic(name: string): Promise<void>;
  createTopic(name: string, partitions: number): Promise<void>;
  /** Runs a statement behind Tidemark's back. */
  sql(statement: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  /** Copies the database as it is, for `goBack`. */
  backUp(): Promise<void>;
  /** Puts the copy in the place of the database. */
  goBack(): Promise<void>;
}

const page = readFileSync(join(import.meta.dirname, "../../docs/recovery.md"), "utf8");
const some = { insert: 8, update: 25, delete: 6 };

/** Installs two sources, loads them, and stops the worker. */
export async function brokenInstallation(accounts = 60): Promise<BrokenInstallation> {
  const upstreams = await watchedPair(accounts, seed);
  const tidemark = await install(upstreams, { shards: 8 });
  const kafka = new Kafka({ brokers: inject("brokers"), logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  onTestFinished(() => admin.disconnect());

  async function work() {
    const worker = tidemark.startWorker();
    for (const { control } of upstreams) await control.mutate(some);
    const sources = async () => (await tidemark.store.overview()).sources.length;
    await expect.poll(sources, { timeout: 30_000 }).toBe(upstreams.length);
    await tidemark.settle();
    expect(await worker.stop(), worker.log().slice(-2_000)).toBe(0);
  }
  await work();
  const sources = await tidemark.store.loadSources([...Array(8).keys()]);
  const shards = [...new Set(sources.map(({ shard }) => shard))].sort((a, b) => a - b);

  const journalled = async () =>
    (await tidemark.store.overview()).shards.reduce((sum, { lastSeq }) => sum + Number(lastSeq), 0);

  const database = new URL(tidemark.databaseUrl).pathname.slice(1);
  const backup = `${database}_backup`;
  onTestFinished(async () => void (await onServer(`drop database if exists ${backup} with (force)`)));
  const disconnect = () =>
    onServer(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${database}'`);

  function repair(...flags: string[]): Promise<Repaired> {
    const args = [program, "repair", "--config", tidemark.configFile, "--output", "json", ...flags];
    return new Promise((resolve) => {
      execFile(process.execPath, args, (error, stdout, stderr) => {
        const reports = stdout === "" ? [] : (JSON.parse(stdout) as ShardReport[]);
        resolve({ code: error === null ? 0 : Number(error.code), reports, stderr });
      });
    });
  }

  return {
    tidemark,
    upstreams,
    admin,
    kafka,
    shards,
    work,
    async refused() {
      const worker = tidemark.startWorker("tidemark");
      expect(await worker.givesUp(), "what a worker that refuses exits with").toBe(1);
      return worker.log();
    },
    async pollWithoutKafka() {
      const { configFile } = tidemark;
      const config = readFileSync(configFile, "utf8");
      const nowhere = load(config) as { kafka: { brokers: string[] } };
      nowhere.kafka.brokers = ["127.0.0.1:1"];
      writeFileSync(configFile, dump(nowhere));
      const before = await journalled();
      const worker = tidemark.startWorker();
      const polled = async () =>
        (await journalled()) > before &&
        (await tidemark.store.overview()).sources.every(
          ({ lastPollAgeMs }) => (lastPollAgeMs ?? 1e9) < 1_000,
        );
      await expect.poll(polled, { timeout: 30_000 }).toBe(true);
      await worker.kill();
      writeFileSync(configFile, config);
      await untilFree();
    },
    repair,
    runbook(command, values = {}) {
      expect(page, "docs/recovery.md").toContain(command);
      const [, , ...flags] = command.split(" ");
      return repair(...flags.map((flag) => String(values[flag.replace(/^<(.*)>$/, "$1")] ?? flag)));
    },
    async expectWhole() {
      await work();
      await tidemark.expectExactlyOnce();
    },
    async deleteTopic(name) {
      await admin.deleteTopics({ topics: [name] });
      await waitUntil(async () => !(await admin.listTopics()).includes(name), 20_000);
    },
    async createTopic(name, numPartitions) {
      const created = () =>
        admin.createTopics({
          topics: [{ topic: name, numPartitions, replicationFactor: 1 }],
          waitForLeaders: true,
        });
      // A topic of this name may still be on its way out.
      await waitUntil(() => created().catch(() => false), 20_000);
    },
    sql: (statement, values = []) => query(tidemark.databaseUrl, statement, values),
    async backUp() {
      await disconnect();
      await onServer(`create database ${backup} template ${database}`);
    },
    async goBack() {
      await onServer(`drop database ${database} with (force)`);
      await onServer(`create database ${database} template ${backup}`);
    },
  };

  /** A worker that was killed holds its shards a little longer. */
  async function untilFree(): Promise<void> {
    const owners = async () =>
      (await query(tidemark.databaseUrl, "select 1 from tidemark.shard where expires_at > now()", [])).length;
    await expect.poll(owners, { timeout: 20_000 }).toBe(0);
  }
}

function onServer(statement: string): Promise<unknown> {
  return query(inject("postgresUrl"), statement, []);
}

async function query(url: string, statement: string, values: unknown[]): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement, values)).rows;
  } finally {
    await client.end();
  }
}

/** State and code of each report. */
export function outcomes({ reports }: Repaired): [string, string | null][] {
  return reports.map(({ state, code }) => [state, code]);
}
