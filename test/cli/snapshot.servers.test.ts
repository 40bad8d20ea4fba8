import { beforeAll, expect, inject, test } from "vitest";
import { isPublishedAgain } from "../../src/consumer/judge-record.ts";
import { parseEvent } from "../../src/consumer/parse-event.ts";
import type { JsonObject } from "../../src/core/json.ts";
import { kafkaClient } from "../../src/kafka/kafka-client.ts";
import { readTail } from "../../src/kafka/tail-reader.ts";
import type { Replay } from "../../src/ports/store.ts";
import { createJudge } from "../../src/sandbox/verdict.ts";
import { wireVolatile } from "../../src/wire.ts";
import { cliInstallation } from "../support/cli-installation.ts";
import { documented } from "../support/documented.ts";
import { silentLog } from "../support/memory-log.ts";

/** Each test goes on from the one before it. */
const { prefix, upstream, writeConfig, start, tidemark, json, overview } = await cliInstallation();
const topic = `${prefix}.bamboohr.accounts`;
const population = async () => (await overview()).sources[0]?.population;
const published = async () =>
  (await overview()).shards.reduce((sum, { publishedSeq }) => sum + Number(publishedSeq), 0);

beforeAll(async () => {
  await tidemark("migrate");
  await tidemark("apply");
});

const volatile = wireVolatile("bamboohr").map((path) => path.replace(/^attributes\./, ""));

/** How far it is comes as often as it takes. */
const withoutProgress = (text: string) =>
  text
    .split("\n")
    .filter((line) => !/^\[|^\d+ accounts( |$)/.test(line))
    .join("\n");

/** Runs a command as a page shows it, and compares what they print. */
async function asDocumented(page: string, command: string, code = 0): Promise<void> {
  const done = await tidemark(...command.split(" "));
  const { shown, printed } = documented(page, command, done.text.replaceAll(prefix, "tidemark"));
  expect(withoutProgress(printed)).toBe(withoutProgress(shown));
  expect(done.code).toBe(code);
}

/** A consumer group that begins at the topic's end and knows nothing. It takes up an account with its insert or its snapshot. */
async function newConsumer() {
  const judge = createJudge();
  const begun = new Set<string>();
  const snapshots: string[] = [];
  const closing = new AbortController();
  const ready = Promise.withResolvers<void>();
  const reading = readTail(kafkaClient({ brokers: inject("brokers") }, silentLog), {
    topics: [topic],
    from: "now",
    until: "stop",
    signal: closing.signal,
    onStart: () => ready.resolve(),
    onRecord(record) {
      const parsed = parseEvent(record);
      if (isPublishedAgain(parsed)) snapshots.push(`${parsed.key}/${parsed.version}`);
      if (isPublishedAgain(parsed) || parsed.version === 1) begun.add(parsed.key);
      if (begun.has(parsed.key)) judge.add(record);
    },
  });
  await Promise.race([ready.promise, reading]);
  return {
    snapshots,
    /** Every line but the last says what differs from what the upstream has. */
    async verdict() {
      const { accounts } = await upstream.control.truth();
      const truth = new Map(accounts.map(({ id, record }) => [id, record as JsonObject]));
      return judge.verdict([{ source: "acme-hr", accounts: truth, volatile }]);
    },
    async close() {
      closing.abort();
      await reading;
    },
  };
}

test("before a first poll there is nothing to read a range with, and the answer says what to type", async () => {
  const { code, text } = await tidemark("backfill", "acme-hr", "--since", "7d");
  expect(text).toBe(
    "tidemark: no poll of acme-hr has reached its end yet, so there is no cursor to\nbegin with\n  Poll it first: tidemark source poll acme-hr",
  );
  expect(code).toBe(1);
});

test("a name that nobody knows is refused with the nearest one", async () => {
  const said = "tidemark: there is no source acme-rh; did you mean acme-hr?\n(tidemark source list)";
  expect(await tidemark("snapshot", "acme-rh")).toEqual({ code: 2, text: said });
  expect(await tidemark("backfill", "acme-rh", "--since", "7d")).toEqual({ code: 2, text: said });
});

test("nobody is there to begin it: it says so, and can be taken back", async () => {
  const { code, text } = await tidemark("snapshot", "acme-hr");
  expect(text).toMatch(/no worker is running; replay 1 begins as soon as one does\.\n .* replay cancel 1/);
  expect(code).toBe(1);
  expect(await tidemark("replay", "cancel", "1")).toMatchObject({ code: 0 });
});

test("the pages print what the commands print", async () => {
  const worker = start("run", "--no-http");
  await expect.poll(population, { timeout: 30_000 }).toBe(20);
  await asDocumented("docs/snapshots.md", "snapshot acme-hr --dry-run");
  await asDocumented("docs/snapshots.md", "snapshot acme-hr");
  await asDocumented("docs/snapshots.md", "snapshot acme-hr --pace 4 --no-wait");
  await tidemark("replay", "cancel", "3");
  await asDocumented("docs/backfill.md", "backfill acme-hr --since 7d --dry-run");
  // An import with old dates: polls are past them.
  const threeDaysAgo = new Date(Date.now() - 3 * 86_400_000).toISOString();
  await upstream.control.mutate({ insert: 2, at: threeDaysAgo });
  await asDocumented("docs/backfill.md", "backfill acme-hr --since 7d");
  expect(await population()).toBe(22);
  const replays = await json<Replay[]>("replay", "list");
  expect(replays.map(({ kind, state, done }) => `${kind} ${state} ${done}`)).toEqual([
    expect.stringMatching(/^backfill done [1-9]/),
    expect.stringMatching(/^snapshot (cancelled|done) /),
    "snapshot done 20",
    "snapshot cancelled 0",
  ]);
  expect(await json("backfill", "acme-hr", "--since", "2026-01-01", "--dry-run")).toMatchObject({
    source: "acme-hr",
    since: "2026-01-01T00:00:00.000Z",
    until: null,
    accounts: null,
    cursor: { pass: null },
  });

  // Of a paused source it says that nothing goes on, and what to type; without waiting, too.
  await tidemark("source", "pause", "acme-hr");
  const waiting = await tidemark("snapshot", "acme-hr");
  const [, id = ""] = /replay (\d+) goes on/.exec(waiting.text) ?? [];
  const said = `tidemark: acme-hr is paused; replay ${id} goes on when it is resumed:\n  tidemark source resume acme-hr\n  To take it back: tidemark replay cancel ${id}`;
  expect(waiting).toEqual({ code: 1, text: said });
  await tidemark("replay", "cancel", id);
  const left = await tidemark("snapshot", "acme-hr", "--no-wait");
  const next = String(Number(id) + 1);
  expect(left.text).toContain(`replay ${next} (snapshot) is asked for`);
  expect(left.text).toContain(said.replaceAll(id, next));
  expect(left.code).toBe(0);
  await tidemark("replay", "cancel", next);
  await tidemark("source", "resume", "acme-hr");
  worker.signalGroup("SIGTERM");
  expect(await worker.ended).toBe(0);
});

test("a consumer that begins with a snapshot, and goes on with what changes meanwhile and after, holds what the upstream holds; each account came once although the worker was killed in the middle", async () => {
  const first = start("run", "--no-http");
  await expect.poll(published, { timeout: 30_000 }).toBeGreaterThanOrEqual(20);
  const consumer = await newConsumer();
  await upstream.control.mutate({ insert: 40 });
  await expect.poll(population, { timeout: 60_000 }).toBeGreaterThanOrEqual(60);
  await upstream.control.churn(8);
  const begun = await json<Replay>("snapshot", "acme-hr", "--pace", "4", "--no-wait");
  await expect.poll(() => consumer.snapshots.length, { timeout: 30_000 }).toBeGreaterThan(10);
  process.kill(first.pid, "SIGKILL");
  await first.ended;
  start("run", "--no-http");
  await expect
    .poll(async () => (await json<Replay>("replay", "show", begun.id)).state, {
      timeout: 90_000,
      interval: 500,
    })
    .toBe("done");
  await upstream.control.churn(0);
  // The polls look once more at what its feed shows by whole seconds.
  await upstream.control.advance(65_000);
  await expect
    .poll(async () => (await consumer.verdict()).lines, { timeout: 30_000, interval: 500 })
    .toEqual([expect.stringMatching(/^verdict: ok/)]);
  const { done } = await json<Replay>("replay", "show", begun.id);
  await expect.poll(() => consumer.snapshots.length).toBe(done);
  const accounts = consumer.snapshots.map((told) => told.slice(0, told.lastIndexOf("/")));
  expect(new Set(accounts).size).toBe(accounts.length);
  await consumer.close();
});

test("a source that is only swept has no range to read", async () => {
  writeConfig({
    sources: {
      "acme-school": {
        connector: "century",
        settings: { apiKey: "${env:API_KEY}", baseUrl: "http://127.0.0.1:9" },
      },
    },
  });
  await tidemark("apply");
  const { code, text } = await tidemark("backfill", "acme-school", "--since", "7d");
  expect(text).toBe(
    "tidemark: connector century cannot be asked what has changed since a moment\n  Read everything instead: tidemark source sweep acme-school",
  );
  expect(code).toBe(1);
});
