import { Client } from "pg";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { kafkaClient } from "../../src/kafka/kafka-client.ts";
import { type TailRecord, readTail } from "../../src/kafka/tail-reader.ts";
import type { Replay, ReplayEstimate } from "../../src/ports/store.ts";
import { cliInstallation } from "../support/cli-installation.ts";
import { documented } from "../support/documented.ts";
import { silentLog } from "../support/memory-log.ts";

/** Each test goes on from the one before it. */
const { prefix, database, upstream, start, tidemark, json, overview } = await cliInstallation();
const kafka = kafkaClient({ brokers: inject("brokers") }, silentLog);
const own = `${prefix}.bamboohr.accounts`;
const copy = `${prefix}.copy`;
const page = "docs/replay.md";

beforeAll(async () => {
  await tidemark("migrate");
  await tidemark("apply");
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({
    topics: [
      // As many partitions as topics of Tidemark's making have: the same order in each.
      { topic: copy, numPartitions: 6 },
      { topic: `${prefix}.compacted`, configEntries: [{ name: "cleanup.policy", value: "compact" }] },
    ],
  });
  await admin.disconnect();
});

/** Runs a command as the page shows it, in this installation's names. @returns both texts, to be equal. */
async function asDocumented(command: string) {
  const names = (text: string) => text.replaceAll(/\btidemark\.(?=\w)/g, `${prefix}.`);
  const { code, text } = await tidemark(...names(command).split(" "));
  // Longer names break the lines elsewhere.
  const words = (from: string) => from.split(/\s+/).join(" ").replaceAll(`${prefix}.`, "tidemark.");
  const withoutProgress = text.replaceAll(/^\[.*\n/gm, "");
  const { shown, printed } = documented(page, command, withoutProgress.replaceAll(`${prefix}.`, "tidemark."));
  return { code, shown: words(shown), printed: words(printed), text };
}

/** Everything in a topic, in the order of its partitions. */
async function recordsIn(topic: string): Promise<TailRecord[]> {
  const records: TailRecord[] = [];
  const onRecord = (record: TailRecord) => void records.push(record);
  const signal = new AbortController().signal;
  await readTail(kafka, { topics: [topic], from: "beginning", until: "end", signal, onRecord });
  return records.sort((a, b) => a.partition - b.partition || Number(a.offset) - Number(b.offset));
}

/** What a record says, but for what is its own. */
function told({ key, value, headers, partition }: TailRecord) {
  const { "tidemark-seq": seq, "tidemark-batch": _batch, "tidemark-replay": replay, ...same } = headers;
  const texts = Object.entries(same).map(([name, text]) => [name, text.toString()]);
  return {
    seq: Number(seq),
    replay: replay?.toString(),
    event: JSON.stringify([key?.toString(), value?.toString(), partition, texts]),
  };
}

/** Does something while a worker runs, which then leaves in good order: the next one need not wait for its leases. */
async function withWorker(work: () => Promise<void>): Promise<void> {
  const worker = start("run", "--no-http");
  await worker.said(/"publish\.opened"/);
  await work();
  process.kill(worker.pid, "SIGTERM");
  expect(await worker.ended).toBe(0);
}

const eventsOf = async (id: string) => (await replayOf(id)).expected;
const replayOf = (id: string) => json<Replay>("replay", "show", id);

describe("before anything was journalled", () => {
  test("a replay says that there is nothing, and what is wrong with what was typed", async () => {
    expect(await tidemark("replay", "list")).toEqual({
      code: 0,
      text: "nothing was replayed yet: tidemark replay start --since 2h --dry-run",
    });
    const refused = async (...words: string[]) => (await tidemark("replay", "start", ...words)).text;
    expect(await refused()).toContain("either --from <shard>:<seq> or --since <time>");
    expect(await refused("--from", "7")).toContain("--from must be a shard and an event's number in it");
    expect(await refused("--since", "soon")).toContain("--since must be a time such as");
    expect(await refused("--op", "snapshot")).toMatch(
      /^tidemark: 2 faults in the command line:(\n {2}- .*){2}\n {2}\(tidemark replay start --help shows an example\)$/,
    );
    expect(await refused("--since", "2h", "--op", "snapshot")).toContain(
      "--op takes inserted, updated, deleted",
    );
    expect(await refused("--since", "2h", "--source", "acme-rh")).toContain("did you mean acme-hr?");
    expect(await refused("--from", "9:1")).toContain("shards are 0 to 3");
    expect(await refused("--since", "2h")).toContain("the journal holds no such event: nothing was begun");
    expect((await tidemark("replay", "show", "1")).text).toContain("run tidemark replay list");
  });
});

describe("of a journal with events", () => {
  let shard = 0;
  let events = 0;
  const estimate = (...words: string[]) => json<ReplayEstimate>("replay", "start", ...words, "--dry-run");

  test("the dry run tells how many events, from when to when, where they are and where they would go", () =>
    withWorker(async () => {
      await expect.poll(async () => (await overview()).sources[0]?.population, { timeout: 30_000 }).toBe(20);
      shard = (await overview()).sources[0]?.shard ?? -1;
      const dry = await asDocumented("replay start --since 2h --dry-run");
      expect(dry).toMatchObject({ code: 0, printed: dry.shown });
      expect(await estimate("--from", `${shard}:1`, "--op", "inserted")).toMatchObject({
        events: 20,
        shards: [shard],
        topics: [own],
      });
      await upstream.control.mutate({ update: 3 });
      await upstream.control.mutate({ delete: 2 });
      await tidemark("source", "sweep", "acme-hr");
      const deleted = async () => (await estimate("--since", "2h", "--op", "deleted")).events;
      await expect.poll(deleted, { timeout: 20_000 }).toBe(2);
      await tidemark("source", "poll", "acme-hr");
      events = (await estimate("--since", "2h")).events ?? 0;
      expect(await estimate("--since", "2h", "--op", "updated,deleted")).toMatchObject({
        events: events - 20,
      });
      expect(await estimate("--from", `${shard}:${events}`)).toMatchObject({ events: 1 });
    }));

  test("without a worker the replay stays asked for, and can be taken back", async () => {
    const { code, text } = await tidemark("replay", "start", "--since", "2h", "--to-topic", copy);
    expect(text).toBe(
      "tidemark: no worker is running; replay 1 begins as soon as one does.\n  To take it back: tidemark replay cancel 1",
    );
    expect(code).toBe(1);
    expect((await tidemark("replay", "cancel", "1")).text).toBe("replay 1 is cancelled");
    expect(await tidemark("replay", "resume", "1")).toEqual({
      code: 1,
      text: "tidemark: replay 1 is cancelled: it cannot be resumed. (tidemark replay show 1)",
    });
  });

  test("into another topic it brings the same keys, bytes and headers, in order, under numbers of its own", () =>
    withWorker(async () => {
      const command = "replay start --since 2h --to-topic tidemark.copy";
      const done = await asDocumented(command);
      expect(done).toMatchObject({ code: 0, printed: done.shown });
      expect(done.text).toContain(`is done: ${events} events are published`);
      const originals = (await recordsIn(own)).map(told);
      const copies = (await recordsIn(copy)).map(told);
      expect(copies.map(({ event }) => event)).toEqual(originals.map(({ event }) => event));
      expect(copies.map(({ replay }) => replay)).toEqual(originals.map(({ seq }) => `2/${shard}:${seq}`));
      const numbers = copies.map(({ seq }) => seq).sort((a, b) => a - b);
      expect(numbers).toEqual(originals.map((_, index) => events + index + 1));
      expect(await replayOf("2")).toMatchObject({
        state: "done",
        done: events,
        expected: events,
        topic: copy,
      });
    }));

  test("into its own topic it brings them beside the live feed, a delete without a tombstone", () =>
    withWorker(async () => {
      const command = ["--from", `${shard}:1`, "--op", "deleted", "--source", "acme-hr"];
      expect((await tidemark("replay", "start", ...command)).text).toContain("2 events are published");
      await upstream.control.mutate({ insert: 1 });
      await expect.poll(async () => (await overview()).sources[0]?.population, { timeout: 20_000 }).toBe(19);
      const again = (await recordsIn(own)).filter(({ headers }) => "tidemark-replay" in headers);
      expect(
        again.map(({ value }) => (JSON.parse(value?.toString() ?? "null") as { op: string }).op),
      ).toEqual(["deleted", "deleted"]);
    }));

  test("it keeps to its pace, and is listed, shown, paused, resumed and cancelled as the page shows it", () =>
    withWorker(async () => {
      // So many that it is not at its end before all the commands below have run.
      await upstream.control.mutate({ insert: 200 });
      await expect.poll(async () => (await overview()).sources[0]?.population, { timeout: 20_000 }).toBe(219);
      const asked = await asDocumented("replay start --since 2h --to-topic tidemark.copy --pace 2 --no-wait");
      expect(asked).toMatchObject({ code: 0, printed: asked.shown });
      const id = /replay (\d+) /.exec(asked.text)?.[1] ?? "";
      await expect.poll(async () => (await replayOf(id)).done, { timeout: 20_000 }).toBeGreaterThan(2);
      const typed = async (verb: string) => {
        const { code, text } = await tidemark("replay", verb, id);
        expect(code).toBe(0);
        const { shown, printed } = documented(
          page,
          `replay ${verb} 2`,
          text.replaceAll(`${prefix}.`, "tidemark."),
        );
        const barless = (from: string) => from.replaceAll(/\[[#-]+\]/g, "[]");
        expect(barless(printed)).toBe(barless(shown));
      };
      await typed("pause");
      await typed("show");
      expect((await tidemark("replay", "list")).text).toMatch(
        /^ID +KIND +STATE +DONE +ASKED +BY +SOURCE\n\d+ +journal +paused +\d+ % +\w+ +tester +all\n/,
      );
      const paused = await replayOf(id);
      expect(paused.done).toBeLessThan(paused.expected ?? 0);
      await typed("resume");
      await expect
        .poll(async () => (await replayOf(id)).done, { timeout: 20_000 })
        .toBeGreaterThan(paused.done);
      await typed("cancel");
      expect(await replayOf(id)).toMatchObject({ state: "cancelled", pace: 2 });
    }));

  test("Ctrl-C leaves it at work, says how to look and how to end it, and as JSON tells how far it is", () =>
    withWorker(async () => {
      const command = ["replay", "start", "--since", "2h", "--to-topic", copy, "--pace", "1"];
      const watching = start(...command);
      await watching.said(/ % .* events/);
      watching.signalGroup("SIGINT");
      expect(await watching.ended).toBe(130);
      const told = watching.lines.slice(-3).join("\n");
      const id = /replay (\d+) goes on/.exec(told)?.[1] ?? "";
      expect(told).toBe(
        `tidemark: replay ${id} goes on without you.\n  Look how far it is: tidemark replay show ${id}\n  To end it: tidemark replay cancel ${id}`,
      );
      expect(await replayOf(id)).toMatchObject({ state: "running" });
      expect((await tidemark("replay", "cancel", id)).code).toBe(0);

      const asJson = start(...command, "--output", "json");
      const next = String(Number(id) + 1);
      const done = async () => (await json<Replay[]>("replay", "list"))[0];
      await expect.poll(done, { timeout: 20_000 }).toMatchObject({ id: next, state: "running" });
      asJson.signalGroup("SIGINT");
      expect(await asJson.ended).toBe(130);
      const row = JSON.parse(asJson.lines.find((line) => line.startsWith("{")) ?? "") as Replay;
      expect(row).toMatchObject({ id: next, state: "running", pace: 1, expected: await eventsOf(next) });
      expect((await replayOf(next)).done).toBeGreaterThanOrEqual(row.done);
      expect((await tidemark("replay", "cancel", next)).code).toBe(0);
    }));

  test("the list goes on before any replay, as the page shows it, and ends with the command that does it", async () => {
    const { text } = await tidemark("replay", "list", "--source", "acme-hr", "--before", "3");
    const older = documented(page, "replay list --source acme-hr --before 13", text);
    expect(older.printed).toBe(older.shown);
    const db = new Client({ connectionString: database.url });
    await db.connect();
    const { rows } = await db.query<{ id: string }>(
      `insert into tidemark.replay (kind, actor, state, ended_at) select 'journal', 'tester', 'cancelled', now() from generate_series(1, 50)
       returning id`,
    );
    await db.end();
    const first = rows[0]?.id ?? "";
    const listed = async (...words: string[]) =>
      (await tidemark("replay", "list", ...words)).text.split("\n");
    const newest = await listed();
    expect(newest).toHaveLength(52);
    expect(newest.at(-2)).toMatch(new RegExp(`^${first} `));
    expect(newest.at(-1)).toBe(`Older ones: tidemark replay list --before ${first}`);
    expect((await listed("--before", first)).at(-1)).toMatch(/^1 /);
    expect(await json<Replay[]>("replay", "list", "--before", "2")).toMatchObject([{ id: "1" }]);
    expect(await listed("--before", "1")).toEqual(["nothing was replayed before 1: tidemark replay list"]);
    expect((await listed("--before", "x")).join()).toContain(
      "there is no replay x: run tidemark replay list",
    );
    expect((await listed("--source", "acme-rh")).join()).toContain("did you mean acme-hr?");
  });

  test("a compacted topic and one that does not exist are refused as the page shows it, and nothing is created", async () => {
    for (const command of [
      "replay start --since 2h --to-topic tidemark.compacted",
      "replay start --since 2h --to-topic tidemark.cpoy",
    ]) {
      const refused = await asDocumented(command);
      expect(refused).toMatchObject({ code: 1, printed: refused.shown });
    }
    const admin = kafka.admin();
    await admin.connect();
    expect(await admin.listTopics()).not.toContain(`${prefix}.cpoy`);
    await admin.disconnect();
    const progress = await tidemark("replay", "start", "--since", "2h", "--to-topic", `${prefix}.progress`);
    expect(progress.text.split(/\s+/).join(" ")).toContain("is where Tidemark keeps its positions");
  });
});
