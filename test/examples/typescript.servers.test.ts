import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from "vitest";
import { overlapMs } from "../../src/connectors/bamboohr/window.ts";
import { type Sample, sampleRecord } from "../consumer/sample-records.ts";
import { cliInstallation } from "../support/cli-installation.ts";
import { createDatabase } from "../support/database.ts";
import type { ProgramProcess } from "../support/program-process.ts";
import { userProject } from "../support/user-project.ts";
import { startExample } from "./start-example.ts";
import { forgetRecords, writtenTopic } from "./written-topic.ts";

const { prefix, database, upstream, start, tidemark, json, overview } = await cliInstallation();
const topic = `${prefix}.bamboohr.accounts`;
const project = userProject("examples/typescript");
const schema = readFileSync(join(project.folder, "schema.sql"), "utf8");
const consumers = await createDatabase();
const own = new Client({ connectionString: consumers.url });
const tidemarks = new Client({ connectionString: database.url });

beforeAll(async () => {
  await tidemark("migrate");
  await Promise.all([own.connect(), tidemarks.connect()]);
});
afterAll(async () => {
  await Promise.all([own.end(), tidemarks.end()]);
  await consumers.drop();
  project.remove();
});

function startConsumer(topics: string, databaseUrl = consumers.url): ProgramProcess {
  return startExample(project.folder, [process.execPath, "main.ts"], {
    KAFKA_BROKERS: inject("brokers").join(","),
    TOPICS: topics,
    GROUP_ID: `${topics} ${databaseUrl}`,
    DATABASE_URL: databaseUrl,
    KAFKAJS_NO_PARTITIONER_WARNING: "1",
  });
}

/** How many records a consumer has said that it has ignored. */
function ignored(consumer: ProgramProcess): number {
  return consumer.lines.reduce((sum, line) => sum + Number(/(\d+) ignored/.exec(line)?.[1] ?? 0), 0);
}

/** Runs a command of Tidemark to its end. */
async function succeeds(...command: string[]): Promise<void> {
  const { code, text } = await tidemark(...command);
  expect(code, text).toBe(0);
}

/** How many rows of the journal are so. */
async function journalled(condition: string): Promise<number> {
  const { rows } = await tidemarks.query<{ count: number }>(
    `select count(*)::int as count from tidemark.journal where ${condition}`,
  );
  return rows[0]?.count ?? 0;
}

/** A database for another consumer, until the test has finished. */
async function newTable(): Promise<{ url: string; client: Client }> {
  const { url, drop } = await createDatabase();
  const client = new Client({ connectionString: url });
  await client.connect();
  onTestFinished(async () => {
    await client.end();
    await drop();
  });
  // A consumer makes its tables when it starts; a test may look before that.
  await client.query(schema);
  return { url, client };
}

interface Row {
  key: string;
  version: number;
  name: string | null;
  document: unknown;
}

/** The accounts that the consumer has in its table. */
async function consumed(client: Client): Promise<Row[]> {
  const { rows } = await client.query<Row>(
    `select key, version::int, document->>'displayName' as name, document from account order by key collate "C"`,
  );
  return rows;
}

/** The accounts as Tidemark knows them, deleted ones too. */
async function known(): Promise<Row[]> {
  const { rows } = await tidemarks.query<Row>(
    `select 'acme-hr/' || account_id as key, version, document::jsonb->>'displayName' as name, document::jsonb as document
     from tidemark.account order by account_id collate "C"`,
  );
  return rows;
}

/** BambooHR's feed has whole seconds: what hides behind an earlier change of the same second is found a minute later. */
async function passSeconds(): Promise<void> {
  await upstream.control.advance(overlapMs + 2_000);
}

/** Waits until the table tells the upstream's truth, and compares every document and version with Tidemark's. */
async function expectEqual(client: Client): Promise<void> {
  await passSeconds();
  const { accounts } = await upstream.control.truth();
  const truth = Object.fromEntries(
    accounts.map(({ id, record }) => [`acme-hr/${id}`, record["displayName"]]),
  );
  const told = async () => {
    const living = (await consumed(client)).filter(({ document }) => document !== null);
    return Object.fromEntries(living.map(({ key, name }) => [key, name]));
  };
  await expect.poll(told, { timeout: 60_000 }).toEqual(truth);
  const isSame = async () => isDeepStrictEqual(await consumed(client), await known());
  await expect.poll(isSame, { timeout: 30_000 }).toBe(true);
  expect((await client.query("select * from missing")).rows).toEqual([]);
}

async function firstLoad(): Promise<void> {
  start("run", "--no-http");
  await expect.poll(async () => (await overview()).sources[0]?.population, { timeout: 30_000 }).toBe(20);
}

test("what is installed has types, for a project as strict as can be", () => {
  expect(() => project.checkTypes("main.ts")).not.toThrow();
});

test("processes that start at once do not trip over each other's tables", async () => {
  const { url, drop } = await createDatabase();
  const processes = Array.from({ length: 8 }, () => new Client({ connectionString: url }));
  onTestFinished(async () => {
    await Promise.all(processes.map((client) => client.end()));
    await drop();
  });
  await Promise.all(processes.map((client) => client.connect()));
  await Promise.all(processes.map((client) => client.query(schema)));
  for (const client of processes) expect(await consumed(client)).toEqual([]);
});

test("the table equals the upstream while it changes, also when the consumer is killed in the middle", async () => {
  await firstLoad();
  const killed = startConsumer(topic);
  await killed.said(/ [1-9]\d* applied/);
  await upstream.control.churn(100);
  killed.signalGroup("SIGKILL");
  expect(await killed.ended).toBe("SIGKILL");
  startConsumer(topic);
  await upstream.control.mutate({ update: 20, delete: 5, insert: 5 });
  await upstream.control.churn(0);
  await expectEqual(own);
});

test("the table equals the upstream through a rewind, a replay and a snapshot, and what comes again is ignored", async () => {
  start("run", "--no-http");
  const consumer = startConsumer(topic);
  await upstream.control.mutate({ update: 10, delete: 2, insert: 3 });
  await expectEqual(own);
  const events = await journalled("replay_id is null");
  const checkpoints = await json<{ id: string }[]>("cursor", "list", "acme-hr");

  const oldest = checkpoints.at(-1)?.id ?? "none";
  await succeeds("cursor", "rewind", "acme-hr", "--to", oldest, "--republish");
  await upstream.control.churn(20);
  onTestFinished(() => upstream.control.churn(0));
  await succeeds("replay", "start", "--since", "1h", "--source", "acme-hr");
  await succeeds("snapshot", "acme-hr");
  await upstream.control.churn(0);
  await expectEqual(own);

  expect(await journalled("origin_seq is not null")).toBeGreaterThanOrEqual(events);
  const replay =
    "select replay_id from tidemark.journal where origin_seq is null and replay_id is not null group by 1";
  const replays = async () => (await tidemarks.query(replay)).rowCount;
  await expect.poll(replays, { message: "of the rewind and of the snapshot" }).toBe(2);
  const published = await journalled("replay_id is not null");
  await expect.poll(() => ignored(consumer), { timeout: 30_000 }).toBeGreaterThanOrEqual(published);

  const another = await newTable();
  startConsumer(topic, another.url);
  await expectEqual(another.client);
});

test("from a topic that has lost its beginning, a snapshot is enough for whatever lives", async () => {
  // Before it has shards a command is told that no worker is running.
  await start("run", "--no-http").said(/"shard\.acquired"/);
  await forgetRecords(topic);
  const { url, client } = await newTable();
  const consumer = startConsumer(topic, url);
  await succeeds("snapshot", "acme-hr");
  await upstream.control.mutate({ update: 5 });
  await passSeconds();

  const living = async () => (await known()).filter(({ document }) => document !== null);
  const isSame = async () => isDeepStrictEqual(await consumed(client), await living());
  await expect.poll(isSame, { timeout: 60_000 }).toBe(true);
  expect(consumer.lines.filter((line) => line.startsWith("missing"))).toEqual([]);
});

describe("of records that a worker could publish", () => {
  async function consumedOf(
    batches: readonly (readonly Sample[])[],
  ): Promise<{ rows: object[]; said: string }> {
    const { topic, write } = await writtenTopic();
    await write([sampleRecord({ op: "inserted", version: 1, id: "ghost", after: "g" })], "abort");
    for (const batch of batches) await write(batch.map((sample) => sampleRecord(sample)));
    await write([sampleRecord({ op: "inserted", version: 1, id: "last", after: "z" })]);
    const consumer = startConsumer(topic);
    const find = () => own.query("select 1 from account where key = 'acme/last'");
    await expect.poll(async () => (await find()).rowCount, { timeout: 30_000 }).toBe(1);
    const { rows } = await own.query<{ key: string; document: { email: string } | null }>(
      `delete from account where key like 'acme/%'
       returning key, version::int, is_deleted as "isDeleted", document`,
    );
    return {
      rows: rows
        .filter(({ key }) => key !== "acme/last")
        .map(({ document, ...row }) => ({ ...row, email: document?.email ?? null })),
      said: consumer.lines.join("\n"),
    };
  }

  test("the newest counts, whatever order and how often they come; what is aborted is not seen", async () => {
    const insert: Sample = { op: "inserted", version: 1, after: "a" };
    const update: Sample = { op: "updated", version: 2, before: "a", after: "b" };
    const remove: Sample = { op: "deleted", version: 3, before: "b" };
    const { rows } = await consumedOf([
      [insert, update],
      [insert, remove, update],
      [{ ...insert, id: "8" }, insert],
    ]);
    expect(rows).toEqual([
      { key: "acme/7", version: 3, isDeleted: true, email: null },
      { key: "acme/8", version: 1, isDeleted: false, email: "a" },
    ]);
  });

  test("a missing version is told and kept, and its account goes on", async () => {
    const { rows, said } = await consumedOf([
      [{ op: "inserted", version: 1, after: "a" }],
      [{ op: "updated", version: 4, before: "c", after: "d" }],
    ]);
    expect(rows).toEqual([{ key: "acme/7", version: 4, isDeleted: false, email: "d" }]);
    expect(said).toContain("missing: acme/7 versions 2 to 3");
    const missing = await own.query("delete from missing returning key, from_version::int, to_version::int");
    expect(missing.rows).toEqual([{ key: "acme/7", from_version: 2, to_version: 3 }]);
  });

  test("a pointer tells that the account lives, and a snapshot of the same version brings its document", async () => {
    const pointer: Sample = { op: "inserted", version: 1, isPointer: true };
    const [lone] = (await consumedOf([[pointer]])).rows;
    expect(lone).toEqual({ key: "acme/7", version: 1, isDeleted: false, email: null });
    const [whole] = (await consumedOf([[pointer], [{ op: "snapshot", version: 1, after: "a" }]])).rows;
    expect(whole).toEqual({ key: "acme/7", version: 1, isDeleted: false, email: "a" });
  });

  test("a document is kept as it is, also with what no text of Postgres can hold", async () => {
    const { rows } = await consumedOf([[{ op: "inserted", version: 1, after: "a\u0000ä" }]]);
    expect(rows).toEqual([{ key: "acme/7", version: 1, isDeleted: false, email: "a\u0000ä" }]);
  });

  test("what another process has written meanwhile stays when it is newer", async () => {
    const { topic, write } = await writtenTopic();
    const update: Sample = { op: "updated", version: 2, before: "a", after: "b" };
    await write([sampleRecord({ op: "inserted", version: 1, after: "a" }), sampleRecord(update)]);
    const { url, client } = await newTable();
    await client.query("begin");
    await client.query("insert into account values ('acme/7', 3, true, null)");
    const consumer = startConsumer(topic, url);
    const waiting = `select from pg_stat_activity where datname = '${new URL(url).pathname.slice(1)}' and wait_event_type = 'Lock'`;
    await expect.poll(async () => (await own.query(waiting)).rowCount, { timeout: 30_000 }).toBe(1);
    await client.query("commit");
    await consumer.said(/2 applied/);
    expect(await consumed(client)).toEqual([{ key: "acme/7", version: 3, name: null, document: null }]);
  });
});
