import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { expect, inject, onTestFinished } from "vitest";
import { dump } from "js-yaml";
import { loadConfig, sourceConfigs } from "../../src/config.ts";
import { overlapMs } from "../../src/connectors/bamboohr/window.ts";
import type { JsonObject } from "../../src/core/json.ts";
import type { Overview, Store } from "../../src/ports/store.ts";
import { lastPass } from "../../src/sandbox/last-pass.ts";
import { createJudge } from "../../src/sandbox/verdict.ts";
import { wireMigrate, wireStore } from "../../src/wire.ts";
import { BrokenContract } from "./broken-contract.ts";
import { type JournalledEvent, type StoredAccount, checkJournal } from "./check-journal.ts";
import { type Rewind, checkReplays } from "./check-replays.ts";
import { type WorkerTrace, checkWorkers } from "./check-workers.ts";
import { readCommitted } from "./console-consumer.ts";
import { createDatabase } from "./database.ts";
import { falseDeletes } from "./false-deletes.ts";
import { type WorkerProcess, type WorkerProgram, startWorkerProcess } from "./worker-processes.ts";
import type { WatchedUpstream } from "./watched-upstreams.ts";

/** Tidemark installed for one test: a database and topics of its own, and workers in processes of their own. */
export interface TestInstallation {
  readonly databaseUrl: string;
  /** Of its topics and groups. */
  readonly prefix: string;
  readonly configFile: string;
  readonly store: Store;
  startWorker(program?: WorkerProgram): WorkerProcess;
  /** Lets the workers know of more upstreams while they run. */
  add(upstreams: readonly WatchedUpstream[]): Promise<void>;
  /** Resolves when every source was polled and completely swept once more, and the whole journal is in Kafka. */
  settle(): Promise<void>;
  /** The same without asking for sweeps, which would heal what a cursor has missed. */
  settleByPolls(): Promise<void>;
  /** Events in the journal. */
  journalled(): Promise<number>;
  /** Events in Kafka, as far as the database knows. */
  published(): Promise<number>;
  /** How many shards each living worker owns; fewer than all while some are free. */
  owned(workers: readonly WorkerProcess[]): Promise<number[]>;
  /**
   * Proves, with a reader that is not ours, that everything is in Kafka exactly once and tells the upstreams' truth, and that the workers
   * did only what they may.
   * @returns counts for people. @throws BrokenContract that names what is wrong and the invariant it breaks.
   */
  expectExactlyOnce(): Promise<string>;
}

const partitions = 3;
/** More than any test begins. */
const allReplays = 1_000;

/** Creates it; everything is gone when the test has finished, but the workers' logs stay when it has failed. */
export async function install(
  upstreams: readonly WatchedUpstream[],
  {
    shards = 8,
    brokers = inject("brokers"),
    postgresUrl,
  }: { shards?: number; brokers?: readonly string[]; postgresUrl?: string } = {},
): Promise<TestInstallation> {
  const database = await createDatabase(postgresUrl);
  onTestFinished(() => database.drop());
  const postgres = { url: database.url, schema: "tidemark" };
  await wireMigrate({ postgres }, () => undefined);
  const store = wireStore({ postgres });
  onTestFinished(() => store.close());

  const folder = mkdtempSync(join(tmpdir(), "installation-"));
  onTestFinished(({ task }) => {
    if (task.result?.state === "fail") console.log(`the workers' logs are in ${folder}`);
    else rmSync(folder, { recursive: true });
  });
  const configFile = join(folder, "tidemark.yaml");
  const prefix = `test-${randomUUID()}`;
  const watched: WatchedUpstream[] = [];
  const write = (more: readonly WatchedUpstream[]) => {
    watched.push(...more);
    const sources = Object.fromEntries(watched.map(({ source, config }) => [source, config]));
    const kafka = { brokers, partitions, allowWeakDurability: true };
    writeFileSync(configFile, dump({ prefix, shards, postgres, kafka, sources }));
  };
  write(upstreams);
  const topics = () => [...new Set(watched.map(({ config }) => `${prefix}.${config.connector}.accounts`))];

  const workers: WorkerProcess[] = [];
  onTestFinished(async () => {
    await Promise.all(workers.filter((worker) => worker.isAlive()).map((worker) => worker.kill()));
  });

  const journalled = () => sumOver(store, ({ lastSeq }) => lastSeq);
  const published = () => sumOver(store, ({ publishedSeq }) => publishedSeq);
  const isDrained = async () => (await journalled()) === (await published());
  // BambooHR's feed has whole seconds: what hides behind an earlier change of the same second is found a minute later.
  const passSeconds = async () => {
    for (const { control } of watched) await control.advance(overlapMs + 2_000);
  };

  return {
    databaseUrl: database.url,
    prefix,
    configFile,
    store,
    startWorker(program = "short-lease") {
      const worker = startWorkerProcess(program, configFile, join(folder, `worker-${workers.length}.log`));
      workers.push(worker);
      return worker;
    },
    async add(more) {
      write(more);
      await store.applySources(sourceConfigs(loadConfig(configFile, {}, {}), shards));
    },
    async settle() {
      await passSeconds();
      const names = watched.map(({ source }) => source);
      await lastPass(store, names, new Promise(() => undefined), new AbortController().signal);
    },
    async settleByPolls() {
      await passSeconds();
      // A poll that ended may have begun before and missed what changed behind it: only the second certainly did not.
      for (const _ of ["first", "second"]) await sourcesArePolled(store);
      await expect.poll(isDrained, { timeout: 60_000 }).toBe(true);
    },
    journalled,
    published,
    async owned(of) {
      const owners = (await store.overview()).shards.map(({ owner }) => owner?.split(".").at(-2));
      return of.map(({ pid }) => owners.filter((owner) => owner === String(pid)).length);
    },
    async expectExactlyOnce() {
      const stored = await readDatabase(database.url);
      // Replays go to other topics, too.
      const all = new Set([...topics(), ...stored.rows.map(({ topic }) => topic)]);
      const records = await readCommitted({ topics: [...all], brokers }, stored.rows.length);
      const judge = createJudge();
      // Elsewhere a replay may come before its original, as no consumer of the feed would see it.
      const ofTheFeed = new Set(topics());
      for (const record of records) if (ofTheFeed.has(record.topic)) judge.add(record);
      const { isOk, lines } = judge.verdict(await Promise.all(watched.map(truthOf)));
      const violations = [
        ...checkJournal(stored, records, partitions),
        ...checkReplays(stored.rows, await store.replays({ limit: allReplays }), stored.rewinds),
        ...(isOk ? [] : lines.map((line) => `I5 state: ${line}`)),
        ...(await falseDeletes(
          stored.rows.filter(({ replay }) => !replay),
          watched,
        )),
        ...checkWorkers(workers.map(traceOf)),
      ];
      if (violations.length > 0) throw new BrokenContract(violations);
      return countsOf(stored.rows);
    },
  };
}

async function truthOf({ source, control, volatile }: WatchedUpstream) {
  const { accounts } = await control.truth();
  return {
    source,
    accounts: new Map(accounts.map(({ id, record }) => [id, record as JsonObject])),
    volatile,
  };
}

async function readDatabase(
  url: string,
): Promise<{ rows: JournalledEvent[]; accounts: StoredAccount[]; rewinds: Rewind[] }> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const journal = await client.query<JournalledEvent>(
      `select shard, seq, version, op, topic, key, value, encode(hash, 'hex') as hash,
              batch_nonce as "batchNonce", observed_at as "observedAt",
              case when replay_id is not null
                   then json_build_object('id', replay_id::text, 'originSeq', origin_seq::text) end as replay
       from tidemark.journal order by shard, seq`,
    );
    const account = await client.query<StoredAccount>(
      `select name || '/' || account_id as key, version, encode(hash, 'hex') as hash, document is null as "isDeleted"
       from tidemark.account join tidemark.source on source.id = source_id`,
    );
    const rewind = await client.query<Rewind>(
      `select answer->>'replay' as replay, coalesce(wanted.seq, 0)::text as "toSeq", found.seq::text as "fromSeq"
       from tidemark.intent join tidemark.checkpoint as found on found.id = (answer->>'checkpoint')::bigint
         left join tidemark.checkpoint as wanted on wanted.id = (arguments->>'checkpoint')::bigint
       where verb in ('rewind', 'reset') and answer->>'replay' is not null`,
    );
    return { rows: journal.rows, accounts: account.rows, rewinds: rewind.rows };
  } finally {
    await client.end();
  }
}

function traceOf(worker: WorkerProcess, index: number): WorkerTrace {
  return { name: `worker ${index}`, log: worker.log(), death: worker.death(), peakMb: worker.peakMb() };
}

async function sumOver(store: Store, number: (shard: Overview["shards"][number]) => string): Promise<number> {
  return (await store.overview()).shards.reduce((sum, shard) => sum + Number(number(shard)), 0);
}

async function sourcesArePolled(store: Store): Promise<void> {
  const polled = ({ pollDueInMs }: Overview["sources"][number]) => pollDueInMs !== null;
  const sources = (await store.overview()).sources.filter(polled);
  const askedAtMs = performance.now();
  for (const { name } of sources) await store.askIntent({ source: name, verb: "poll", actor: "test" });
  const arePolled = async () => {
    const sinceMs = performance.now() - askedAtMs;
    const ages = (await store.overview()).sources
      .filter(polled)
      .map(({ lastPollAgeMs }) => lastPollAgeMs ?? sinceMs);
    return ages.every((ageMs) => ageMs < sinceMs);
  };
  await expect.poll(arePolled, { timeout: 60_000 }).toBe(true);
}

function countsOf(rows: readonly JournalledEvent[]): string {
  const counts = Object.entries(Object.groupBy(rows, ({ op }) => op));
  return [`${rows.length} events`, ...counts.map(([op, some]) => `${some?.length ?? 0} ${op}`)].join(", ");
}
