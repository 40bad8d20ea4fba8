import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Client } from "pg";
import { stringify } from "yaml";
import { lockFolder } from "../src/sandbox/servers/folder-lock.ts";
import { startServers } from "../src/sandbox/servers/start-servers.ts";
import { type Control, controlOf } from "../src/sandbox/upstreams/control-client.ts";
import type { SailPointBehaviour } from "../src/sandbox/upstreams/sailpoint/behaviour.ts";
import type { Store } from "../src/ports/store.ts";
import { wireMigrate, wireStore } from "../src/wire.ts";
import { type MeasuredProcess, measuredProcess } from "./measured-process.ts";

const root = join(import.meta.dirname, "..");
const program = join(root, "src/bin.js");

/** Real servers that all figures share. */
export interface World {
  broker: string;
  /** An empty database. */
  database(): Promise<string>;
  /** A simulated SailPoint tenant in a process of its own, without a rate limit. */
  upstream(accounts: number): Promise<Upstream>;
  /** A Tidemark installation of its own: database, prefix, configuration. */
  installation(sources: object, options?: { shards?: number }): Promise<Installation>;
  plainScript(upstream: Upstream, topic: string): Promise<MeasuredProcess>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface Upstream extends AsyncDisposable {
  /** Root of the API. */
  baseUrl: string;
  control: Control<SailPointBehaviour>;
  /** Milliseconds since 1970 of the first request for accounts after `control.clearRequests()`. */
  firstRequestAt(): Promise<number>;
}

export interface Installation extends AsyncDisposable {
  prefix: string;
  store: Store;
  /** `tidemark run` on it. */
  worker(): MeasuredProcess;
}

/** What a source of a bench asks: as fast as it can. */
export function sailPointSource(baseUrl: string, changes: object = {}): object {
  return {
    connector: "sailpoint",
    every: "1h",
    sweepEvery: "30d",
    budget: { requests: 1_000_000, per: "1s" },
    deleteLimit: 10_000_000,
    settings: { baseUrl, clientId: "client", clientSecret: "secret" },
    ...changes,
  };
}

export async function startWorld(say: (line: string) => void): Promise<World> {
  const lock = lockFolder(join(root, ".sandbox/bench"));
  const servers = await startServers({ lock, jarsFolder: join(root, ".sandbox/jars"), say });
  const broker = servers.brokers[0] ?? "";
  let count = 0;
  const unique = () => `bench_${process.pid}_${(count += 1)}`;

  async function database(): Promise<string> {
    const name = unique();
    const client = new Client({ connectionString: servers.postgresUrl });
    await client.connect();
    await client.query(`create database ${name}`);
    await client.end();
    const address = new URL(servers.postgresUrl);
    address.pathname = name;
    return address.href;
  }

  return {
    broker,
    database,
    async upstream(accounts) {
      const port = 18_000 + (count += 1);
      const args = [program, "simulate", "sailpoint", "--churn", "0", "--accounts", String(accounts)];
      const simulator = measuredProcess([...args, "--port", String(port)]);
      const control = controlOf<SailPointBehaviour>(`http://127.0.0.1:${port}`);
      await until(() =>
        control.options({ rateLimit: null }).then(
          () => true,
          () => false,
        ),
      );
      return {
        baseUrl: `http://127.0.0.1:${port}/v3`,
        control,
        async firstRequestAt() {
          let at: string | undefined;
          await until(async () => {
            at = (await control.requests()).find(({ path }) => path.endsWith("/accounts"))?.at;
            return at !== undefined;
          });
          return Date.parse(at ?? "");
        },
        [Symbol.asyncDispose]: simulator.stop,
      };
    },
    async installation(sources, { shards = 16 } = {}) {
      const prefix = unique();
      const postgres = { url: await database(), schema: "tidemark" };
      await wireMigrate({ postgres }, () => {});
      const kafka = { brokers: servers.brokers, allowWeakDurability: true };
      const file = join(lock.folder, `${prefix}.yaml`);
      writeFileSync(file, stringify({ prefix, shards, postgres, kafka, sources }));
      const store = wireStore({ postgres });
      return {
        prefix,
        store,
        worker: () => measuredProcess([program, "run", "--config", file, "--http-port", "0"]),
        [Symbol.asyncDispose]: () => store.close(),
      };
    },
    async plainScript({ baseUrl }, topic) {
      return measuredProcess([join(root, "bench/plain-script.ts"), baseUrl, await database(), broker, topic]);
    },
    async [Symbol.asyncDispose]() {
      await servers.stop();
      lock.release();
    },
  };
}

/** Asks every 10 ms until it is so. */
export async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await condition())) await delay(10);
}

/** Highest published number of all shards. */
export async function published(store: Store): Promise<number> {
  const { shards } = await store.overview();
  return shards.reduce((sum, { publishedSeq }) => sum + Number(publishedSeq), 0);
}
