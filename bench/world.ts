import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import kafkajs from "kafkajs";
import { Client } from "pg";
import { dump } from "js-yaml";
import { lockFolder } from "../src/sandbox/servers/folder-lock.ts";
import { startServers } from "../src/sandbox/servers/start-servers.ts";
import { type Control, controlOf } from "../src/sandbox/upstreams/control-client.ts";
import type { CommonBehaviour } from "../src/sandbox/upstreams/protocol.ts";
import type { Store } from "../src/ports/store.ts";
import { wireMigrate, wireStore } from "../src/wire.ts";
import { type MeasuredProcess, measuredProcess } from "./measured-process.ts";
import { until } from "./until.ts";

const root = join(import.meta.dirname, "..");
const program = join(root, "src/bin.js");
/** Where the simulated upstreams have their APIs. */
const roots = { sailpoint: "v3", century: "api/v1" } as const;

/** Real servers that all figures share. */
export interface World {
  kafka: kafkajs.Kafka;
  /** A simulated upstream that can change, in a process of its own, without a rate limit; a SailPoint tenant when left out. */
  upstream(accounts: number, kind?: keyof typeof roots): Promise<Upstream>;
  /** A Tidemark installation of its own: database, prefix, configuration. Disposed, it leaves nothing behind. */
  installation(sources: object, options?: { shards?: number }): Promise<Installation>;
  /** Creates a topic; disposed, it is gone with all that is in it. */
  topic(name: string): Promise<AsyncDisposable>;
  /** What people write instead, with a database and a topic of its own. */
  plainScript(baseUrl: string, options?: { everyMs?: number }): Promise<PlainScript>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface Upstream extends AsyncDisposable {
  /** Root of the API. */
  baseUrl: string;
  control: Control<CommonBehaviour>;
}

export interface Installation extends AsyncDisposable {
  /** Where its events go. */
  topic: string;
  store: Store;
  /** Asks its database something; tables are in the schema `tidemark`. */
  query<T>(text: string): Promise<T[]>;
  /** `tidemark run` on it. */
  worker(): MeasuredProcess;
}

/** Runs until it has loaded everything, or, with `everyMs`, goes on polling until it is stopped. */
export interface PlainScript extends MeasuredProcess, AsyncDisposable {
  topic: string;
}

/** A source of a bench asks as fast as it can. */
const pace = {
  every: "1h",
  budget: { requests: 1_000_000, per: "1s" },
  deleteLimit: 10_000_000,
  insertLimit: 10_000_000,
};

export function sailPointSource(baseUrl: string, changes: object = {}): object {
  const settings = { baseUrl, clientId: "client", clientSecret: "secret" };
  return { ...pace, connector: "sailpoint", sweepEvery: "30d", settings, ...changes };
}

export function centurySource(baseUrl: string): object {
  return { ...pace, connector: "century", settings: { baseUrl, apiKey: "key" } };
}

export async function startWorld(say: (line: string) => void): Promise<World> {
  const lock = lockFolder(join(root, ".sandbox/bench"));
  const servers = await startServers({ lock, jarsFolder: join(root, ".sandbox/jars"), say });
  const kafka = new kafkajs.Kafka({ brokers: servers.brokers, logLevel: kafkajs.logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const postgres = new Client({ connectionString: servers.postgresUrl });
  await postgres.connect();
  let count = 0;
  const unique = () => `bench_${process.pid}_${(count += 1)}`;

  async function createDatabase(name: string): Promise<string> {
    await postgres.query(`create database ${name}`);
    const address = new URL(servers.postgresUrl);
    address.pathname = name;
    return address.href;
  }

  async function createTopic(topic: string): Promise<void> {
    await admin.createTopics({
      topics: [{ topic, numPartitions: 6, replicationFactor: 1 }],
      waitForLeaders: false,
    });
    // kafkajs' own waiting fails when the broker does not know the topic yet.
    await until(() => succeeds(admin.fetchTopicMetadata({ topics: [topic] })));
  }

  /** A million accounts leave gigabytes in both. */
  async function discard(database: string, topics: string[]): Promise<void> {
    await postgres.query(`drop database ${database} with (force)`);
    await deleteTopics(topics);
  }

  async function deleteTopics(topics: string[]): Promise<void> {
    const existing = await admin.listTopics();
    await admin.deleteTopics({ topics: topics.filter((topic) => existing.includes(topic)) });
  }

  return {
    kafka,
    async upstream(accounts, kind = "sailpoint") {
      const port = 18_000 + (count += 1);
      const args = [program, "simulate", kind, "--churn", "0", "--accounts", String(accounts)];
      const simulator = measuredProcess([...args, "--port", String(port)]);
      const url = `http://127.0.0.1:${port}`;
      const control = controlOf<CommonBehaviour>(url);
      await until(() => succeeds(control.options({ rateLimit: null })));
      return { baseUrl: `${url}/${roots[kind]}`, control, [Symbol.asyncDispose]: simulator.stop };
    },
    async installation(sources, { shards = 16 } = {}) {
      const prefix = unique();
      const topic = `${prefix}.sailpoint.accounts`;
      const url = await createDatabase(prefix);
      const settings = { postgres: { url, schema: "tidemark" } };
      await wireMigrate(settings, () => {});
      const client = new Client({ connectionString: url });
      await client.connect();
      const store = wireStore(settings);
      const file = join(lock.folder, `${prefix}.yaml`);
      const brokers = { brokers: servers.brokers, allowWeakDurability: true };
      writeFileSync(file, dump({ prefix, shards, ...settings, kafka: brokers, sources }));
      return {
        topic,
        store,
        query: async <T>(text: string) => (await client.query(text)).rows as T[],
        worker: () =>
          measuredProcess(["--max-semi-space-size=8", program, "run", "--config", file, "--http-port", "0"]),
        async [Symbol.asyncDispose]() {
          await Promise.all([store.close(), client.end()]);
          await discard(prefix, [topic, `${prefix}.progress`]);
          rmSync(file);
        },
      };
    },
    async topic(name) {
      await createTopic(name);
      return { [Symbol.asyncDispose]: () => deleteTopics([name]) };
    },
    async plainScript(baseUrl, { everyMs } = {}) {
      const topic = unique();
      await createTopic(topic);
      const args = [baseUrl, await createDatabase(topic), servers.brokers[0] ?? "", topic];
      const script = measuredProcess([
        join(root, "bench/plain-script.ts"),
        ...args,
        ...(everyMs === undefined ? [] : [String(everyMs)]),
      ]);
      return {
        ...script,
        topic,
        async [Symbol.asyncDispose]() {
          await script.stop();
          await discard(topic, [topic]);
        },
      };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([postgres.end(), admin.disconnect()]);
      await servers.stop();
      lock.release();
    },
  };
}

/** Whether its sources are there, and each has reached the end of its first pass. */
export async function isLoaded(store: Store): Promise<boolean> {
  const { sources } = await store.overview();
  return sources.length > 0 && sources.every((source) => source.isLoaded);
}

/** Highest published number of all shards. */
export async function published(store: Store): Promise<number> {
  const { shards } = await store.overview();
  return shards.reduce((sum, { publishedSeq }) => sum + Number(publishedSeq), 0);
}

function succeeds(attempt: Promise<unknown>): Promise<boolean> {
  return attempt.then(
    () => true,
    () => false,
  );
}
