import { beforeAll, expect, test } from "vitest";
import type { Freshness } from "../../src/core/freshness.ts";
import type { Overview } from "../../src/ports/store.ts";
import { postgresProxy } from "../faults/proxies/postgres-proxy.ts";
import { cut } from "../faults/proxies/strikes.ts";
import { cliInstallation } from "../support/cli-installation.ts";
import { documented } from "../support/documented.ts";

const installation = await cliInstallation();
const { tidemark, start, writeConfig, database, upstream, json } = installation;

beforeAll(async () => {
  await tidemark("migrate");
  await tidemark("apply");
});

type Source = Overview["sources"][number] & { freshness: Freshness };

async function acme(): Promise<Source> {
  const { sources } = await json<{ sources: Source[] }>("status");
  const [source] = sources;
  if (source === undefined) throw new Error("the source is missing");
  return source;
}

const word = async () => (await acme()).freshness;

test("without a worker a source is stuck, and the next command is named", async () => {
  const { code, text } = await tidemark("status");
  expect(code).toBe(0);
  expect(text).toMatch(/^no worker is running$/m);
  expect(text).toMatch(/^acme-hr {2}stuck \(loading\) /m);
  expect(text).toContain("acme-hr is stuck: no worker owns the shard\n  Start one: tidemark run");
});

test("with one it is current, as docs/freshness.md shows", async () => {
  const running = start("run", "--no-http");
  let text = "";
  const isPublished = async () => {
    ({ text } = await tidemark("status"));
    return text.includes("; 0 events wait for Kafka\n") && text.includes("acme-hr  current  20 ");
  };
  await expect.poll(isPublished, { timeout: 30_000 }).toBe(true);
  const worker = / (\S+)$/.exec(text.split("\n")[1] ?? "")?.[1] ?? "";
  const shown = documented("docs/freshness.md", "status", text.replace(worker, "host-1.4242.0a1b2c3d"));
  expect(shown.printed).toBe(shown.shown);
  expect(await acme()).toMatchObject({
    lastPollAgeMs: expect.any(Number),
    lastChangeAgeMs: expect.any(Number),
    cursorAgeMs: expect.any(Number),
    everyMs: 200,
  });
  running.signalGroup("SIGTERM");
  await running.ended;
});

test("what ails it is told by one word: halted, stuck without its worker, and current again", async () => {
  const worker = start("run", "--http-port", "0");
  const { url } = JSON.parse(await worker.said(/"http\.listening"/)) as { url: string };
  const gauge = async () => {
    const text = await (await fetch(`${url}/metrics`)).text();
    return /^tidemark_source_state\{source="acme-hr",state="([a-z-]+)"\} 1$/m.exec(text)?.[1];
  };
  await expect.poll(gauge, { timeout: 30_000 }).toBe("current");
  await expect.poll(word).toBe("current");

  await upstream.control.inject({ kind: "401", times: 100 });
  await expect.poll(gauge, { timeout: 30_000 }).toBe("halted");
  expect(await word()).toBe("halted");
  await upstream.control.clearFaults();
  await tidemark("source", "resume", "acme-hr");
  await expect.poll(word, { timeout: 30_000 }).toBe("current");

  worker.signalGroup("SIGTERM");
  await worker.ended;
  expect(await word()).toBe("stuck");
});

test("--watch goes on while the database is away, says so in one line, and ends with Ctrl-C", async () => {
  const proxy = await postgresProxy(database.url);
  writeConfig({ postgres: { url: proxy.url } });
  const watching = start("status", "--watch");
  await watching.said(/^acme-hr {2}stuck /);

  const away = proxy.on({ name: "overview.workers", side: "request", times: Number.POSITIVE_INFINITY }, cut);
  const line = await watching.said(/^the database does not answer/);
  const { shown, printed } = documented("docs/freshness.md", "status --watch", line);
  expect(printed).toBe(shown);
  away.cancel();
  const before = watching.lines.length;
  await expect
    .poll(() => watching.lines.slice(before).some((one) => one.startsWith("acme-hr  stuck ")), {
      timeout: 20_000,
    })
    .toBe(true);

  watching.signalGroup("SIGINT");
  expect(await watching.ended).toBe(0);
  await proxy.close();
  writeConfig();
});

test("--watch --output json prints a line each time, and ends at once although the database is away", async () => {
  const proxy = await postgresProxy(database.url);
  writeConfig({ postgres: { url: proxy.url } });
  const watching = start("status", "--watch", "--output", "json");
  const first = JSON.parse(await watching.said(/^\{/)) as { sources: Source[] };
  expect(first.sources).toMatchObject([{ name: "acme-hr", freshness: "stuck" }]);
  await proxy.close();
  await watching.said(/^tidemark: the database does not answer; this is how it was \d+s ago$/);
  watching.signalGroup("SIGINT");
  expect(await watching.ended).toBe(0);
  writeConfig();
});
