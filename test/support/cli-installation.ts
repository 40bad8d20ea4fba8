import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dump } from "js-yaml";
import { afterAll, afterEach, inject } from "vitest";
import type { Overview } from "../../src/ports/store.ts";
import { startBambooHr } from "../../src/sandbox/upstreams/bamboohr/index.ts";
import { type TestDatabase, createDatabase } from "./database.ts";
import { type ProgramProcess, program, startProgram } from "./program-process.ts";

/** A folder with `tidemark.yaml`, an empty database and an upstream: what a user has who types commands. */
export interface CliInstallation {
  readonly folder: string;
  readonly prefix: string;
  readonly database: TestDatabase;
  readonly upstream: Awaited<ReturnType<typeof startBambooHr>>;
  readonly apiKey: string;
  /** Writes the configuration anew: one source `acme-hr` with four shards. @param changes Replaces members of the file. @param ofSource And of the source. */
  writeConfig(changes?: Record<string, unknown>, ofSource?: Record<string, unknown>): void;
  /** Starts a command that goes on, as `run`; what still runs after a test is asked to stop. */
  start(...args: string[]): ProgramProcess;
  /** Runs a command to its end. `text` is all that it has printed, on either stream. */
  tidemark(...args: string[]): Promise<{ code: number | string; text: string }>;
  /** The same with `--output json`, which must succeed. */
  json<T>(...args: string[]): Promise<T>;
  overview(): Promise<Overview>;
}

/**
 * Makes an installation of its own for one `*.servers.test.ts` file, and removes it after its tests. To be called once, at the top of the file:
 *
 *     const { tidemark, start, upstream } = await cliInstallation();
 *     beforeAll(async () => { await tidemark("migrate"); await tidemark("apply"); });
 *
 * Nothing is migrated or applied yet. The tests of the file share it and go on from one another.
 * @param options.typed Another copy of the program than the checkout's.
 */
export async function cliInstallation({ accounts = 20, typed = program } = {}): Promise<CliInstallation> {
  const folder = mkdtempSync(join(tmpdir(), "commands-"));
  const apiKey = `key-${randomUUID()}`;
  const prefix = `test-${randomUUID()}`;
  const upstream = await startBambooHr({ accounts, apiKey });
  const database = await createDatabase();
  const running = new Set<ProgramProcess>();

  afterEach(async () => {
    await Promise.all([...running].map(end));
  });
  afterAll(async () => {
    await upstream.close();
    await database.drop();
    rmSync(folder, { recursive: true });
  });

  const installation: CliInstallation = {
    folder,
    prefix,
    database,
    upstream,
    apiKey,
    writeConfig(changes = {}, ofSource = {}) {
      const source = {
        every: "200ms",
        sweepEvery: "1h",
        settings: { baseUrl: upstream.url, apiKey: "${env:API_KEY}" },
        ...ofSource,
      };
      const content = {
        prefix,
        shards: 4,
        postgres: { url: "${file:postgres-url}" },
        kafka: { brokers: inject("brokers"), allowWeakDurability: true },
        sources: { "acme-hr": { connector: "bamboohr", ...source } },
        ...changes,
      };
      writeFileSync(join(folder, "tidemark.yaml"), dump(content));
      writeFileSync(join(folder, "postgres-url"), `${database.url}\n`);
    },
    start(...args) {
      const env = { PATH: process.env["PATH"], USER: "tester", API_KEY: apiKey };
      const started = startProgram(args, { cwd: folder, env, command: [process.execPath, typed] });
      running.add(started);
      void started.ended.then(() => running.delete(started));
      return started;
    },
    async tidemark(...args) {
      const { ended, lines } = installation.start(...args);
      return { code: await ended, text: lines.join("\n") };
    },
    async json<T>(...args: string[]) {
      const { code, text } = await installation.tidemark(...args, "--output", "json");
      if (code !== 0) throw new Error(`tidemark ${args.join(" ")} ended with ${code}: ${text}`);
      return JSON.parse(text) as T;
    },
    overview: () => installation.json<Overview>("status"),
  };
  installation.writeConfig();
  return installation;
}

const patienceMs = 20_000;

/** A worker that is killed keeps its shards for 15 s, and commands wait for an owner for 20 s: so it is asked, and killed only when it does not stop. */
async function end({ pid, ended }: ProgramProcess): Promise<void> {
  const signal = (name: NodeJS.Signals) => {
    try {
      process.kill(pid, name);
    } catch {
      // it has just ended by itself
    }
  };
  signal("SIGTERM");
  const killing = setTimeout(() => signal("SIGKILL"), patienceMs);
  await ended;
  clearTimeout(killing);
}
