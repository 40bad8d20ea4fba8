import { randomBytes } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import { watched } from "../src/app/watchdog.ts";
import { configSchema } from "../src/config-schema.ts";
import type { Source } from "../src/ports/store.ts";
import { startBambooHr } from "../src/sandbox/upstreams/bamboohr/index.ts";
import { systemClock } from "../src/system-clock.ts";
import { wireWorker } from "../src/wire.ts";
import { sourceConfig } from "./support/lane-harness.ts";
import { manualClock } from "./support/manual-clock.ts";
import { memoryLog } from "./support/memory-log.ts";
import { memoryStore } from "./support/memory-store.ts";

const config = configSchema.parse({
  postgres: { url: "postgres://127.0.0.1:1/none" },
  kafka: { brokers: ["127.0.0.1:1"] },
});
const tokenKey = randomBytes(32).toString("base64");
const app = {
  clientId: "client",
  clientSecret: "s3cret-of-the-app",
  refreshToken: "r3fresh-of-the-settings",
};

/** Two sources of one group that read a company in somebody's name, and workers as `tidemark run` wires them, on a database in memory. */
async function setup() {
  const upstream = await startBambooHr({ accounts: 3, app });
  onTestFinished(() => upstream.close());
  const store = memoryStore(manualClock());
  const log = memoryLog();
  const settings = {
    baseUrl: upstream.url,
    oauth: { ...app, clientSecret: "${env:SECRET}", refreshToken: "${env:REFRESH}" },
  };
  const source = { connector: "bamboohr", settings, group: "hr", budget: { requests: 1_000, perMs: 1_000 } };
  await store.ensureInstallation({ prefix: "tidemark", shardCount: 1 });
  await store.applySources(["one", "two"].map((name) => sourceConfig({ ...source, name })));
  const sources = await store.loadSources([0]);
  const [first] = sources;
  if (first === undefined) throw new Error("there are two sources");
  return {
    store,
    log,
    sources,
    first,
    refreshes: async () =>
      (await upstream.control.requests()).filter(({ path }) => path === "/token.php").length,
    worker(env: NodeJS.ProcessEnv = { TIDEMARK_TOKEN_KEY: tokenKey }) {
      const secrets = { SECRET: app.clientSecret, REFRESH: app.refreshToken };
      const wired = wireWorker(config, store, log, "test", { ...secrets, ...env });
      onTestFinished(() => wired.close());
      return wired.ports;
    },
  };
}

/** A poll of this source from its beginning. @returns how many accounts it brought */
async function poll(source: Source, { upstreamOf }: ReturnType<typeof wireWorker>["ports"]) {
  const { signal } = new AbortController();
  const { connector, context } = upstreamOf(source, signal, () => 12_000, true, watched(systemClock()));
  let count = 0;
  for await (const page of connector.poll({ ...context, cursor: null })) count += page.observations.length;
  return count;
}

test("the sources of a group refresh once, and the next worker goes on with what is stored", async () => {
  const { sources, first, worker, refreshes } = await setup();
  const ports = worker();
  expect(await Promise.all(sources.map((source) => poll(source, ports)))).toEqual([3, 3]);
  expect(await poll(first, worker())).toBe(3);
  expect(await refreshes()).toBe(1);
});

test("what a worker stores and logs shows no secret", async () => {
  const { sources, store, log, worker } = await setup();
  const ports = worker();
  for (const source of sources) await poll(source, ports);
  expect(store.state.tokens.size).toBe(1);
  const shown = JSON.stringify([[...store.state.tokens], [...store.state.sources], log.lines]);
  expect(shown).not.toMatch(/s3cret|r3fresh|access\./);
  expect(shown).not.toContain(tokenKey);
});

test("a worker without a key halts such a source before it uses anything up", async () => {
  const { first, worker, refreshes } = await setup();
  await expect(poll(first, worker({}))).rejects.toMatchObject({
    code: "TIDEMARK_SOURCE_SETTINGS",
    message: expect.stringContaining("TIDEMARK_TOKEN_KEY is not set"),
  });
  expect(await refreshes()).toBe(0);
});

test("a worker with a malformed key does not start", async () => {
  const { worker } = await setup();
  expect(() => worker({ TIDEMARK_TOKEN_KEY: "short" })).toThrow("TIDEMARK_TOKEN_KEY: key 1 is not 32 bytes");
});
