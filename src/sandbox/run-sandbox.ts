import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { stringify } from "yaml";
import type { Config } from "../config-schema.ts";
import type { JsonObject } from "../core/json.ts";
import type { Log } from "../ports/log.ts";
import type { Store } from "../ports/store.ts";
import { wireMigrate, wireStore, wireTail } from "../wire.ts";
import { type EventFeed, eventFeed } from "./event-feed.ts";
import { lastPass } from "./last-pass.ts";
import { discardServers } from "./servers/discard-servers.ts";
import { lockFolder } from "./servers/folder-lock.ts";
import { startServers } from "./servers/start-servers.ts";
import { waitUntil } from "./servers/wait-until.ts";
import { type WatchedUpstream, startUpstreams } from "./simulated-upstreams.ts";
import { createJudge } from "./verdict.ts";
import { type WorkerProcess, startWorkerProcess } from "./worker-process.ts";

export interface SandboxOptions {
  /** Where everything lives. */
  folder: string;
  /** Ends by itself after so many seconds, with a verdict; null runs until the signal. */
  durationSeconds: number | null;
  /** Discards what earlier runs have left. */
  fresh: boolean;
  /** Accounts of each upstream at the very first start. */
  accounts: number;
  say(line: string): void;
  log: Log;
  /** Asks the sandbox to stop. */
  stop: AbortSignal;
}

const summaryEveryMs = 5_000;

/**
 * Real servers, two simulated upstreams that keep changing, one worker, and what arrives in Kafka.
 * @returns true unless the verdict says that topics and truth differ.
 * @throws SandboxError when something is missing or the worker dies
 */
export async function runSandbox(options: SandboxOptions): Promise<boolean> {
  const { folder, say, stop, durationSeconds } = options;
  await using cleanUp = new AsyncDisposableStack();

  const lock = lockFolder(folder);
  cleanUp.defer(() => lock.release());
  const upstreamFolder = join(lock.folder, "upstreams");
  if (options.fresh) {
    say("discarding what earlier runs have left");
    await discardServers(lock);
    await rm(upstreamFolder, { recursive: true, force: true });
  }

  const servers = await startServers({ lock, jarsFolder: join(lock.folder, "jars"), say });
  cleanUp.defer(async () => {
    say("stopping Kafka and Postgres");
    await servers.stop();
  });
  const upstreams = await startUpstreams(upstreamFolder, { accounts: options.accounts, churnPerSecond: 1 });
  cleanUp.defer(async () => {
    for (const upstream of upstreams) await upstream.close();
  });
  if (stop.aborted) return true;

  const connection = {
    postgres: { url: servers.postgresUrl, schema: "tidemark" },
    kafka: kafkaConfig(servers.brokers),
  };
  await wireMigrate(connection, say);
  const store = wireStore(connection);
  cleanUp.defer(() => store.close());
  const configFile = join(lock.folder, "tidemark.yaml");
  await writeFile(configFile, yamlOf(connection, upstreams), { mode: 0o600 });

  const read = wireTail(connection, options.log);
  const feed = eventFeed(say, Date.now);
  const worker = await startWatched({
    ...options,
    store,
    read,
    feed,
    configFile,
    logFile: join(lock.folder, "worker.log"),
  });
  cleanUp.defer(async () => {
    say("stopping the worker");
    await worker.stop();
  });
  say(`running: configuration ${configFile}, worker's log ${join(lock.folder, "worker.log")}`);

  await watch(worker, store, feed, options);
  if (durationSeconds === null || stop.aborted) return true;

  say("time is up: changes stop, one last poll and one complete sweep per source");
  for (const { control } of upstreams) await control.churn(0);
  await lastPass(
    store,
    upstreams.map(({ source }) => source),
    worker.died,
    stop,
  );
  if (stop.aborted) return true;
  await worker.stop();
  say("folding the topics from the beginning");
  const judge = createJudge();
  await read({ topics: await outputTopics(store), from: "beginning", until: "end", onRecord: judge.add });
  const { isOk, lines } = judge.verdict(await Promise.all(upstreams.map(truthOf)));
  for (const line of lines) say(line);
  return isOk;
}

type Watched = SandboxOptions & {
  store: Store;
  read: ReturnType<typeof wireTail>;
  feed: EventFeed;
  configFile: string;
  logFile: string;
};

/** Starts the worker and the reader so that no event is missed: topics that exist are read from now, new ones from the beginning. */
async function startWatched({
  store,
  read,
  feed,
  configFile,
  logFile,
  stop,
  say,
}: Watched): Promise<WorkerProcess> {
  const known = await outputTopics(store);
  const onRecord = feed.onRecord;
  const follow = async (topics: string[], from: "now" | "beginning", onStart?: () => void) => {
    try {
      await read({
        topics,
        from,
        until: "stop",
        signal: stop,
        onRecord,
        ...(onStart === undefined ? {} : { onStart }),
      });
    } catch (error) {
      say(`the reader has ended: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  if (known.length > 0) {
    await new Promise<void>((resolve) => void follow(known, "now", resolve).then(resolve));
    return startWorkerProcess(configFile, logFile);
  }
  const worker = startWorkerProcess(configFile, logFile);
  const isDead = worker.died.then(() => true);
  let topics: string[] = [];
  await waitUntil(
    async () =>
      stop.aborted || (topics = await outputTopics(store)).length > 1 || Promise.race([isDead, false]),
    60_000,
  );
  if (topics.length > 0) void follow(topics, "beginning");
  return worker;
}

/** Prints a summary every few seconds until the time is up or somebody asks to stop. */
async function watch(
  worker: WorkerProcess,
  store: Store,
  feed: EventFeed,
  options: SandboxOptions,
): Promise<void> {
  const { stop, say, durationSeconds } = options;
  const over =
    durationSeconds === null ? stop : AbortSignal.any([stop, AbortSignal.timeout(durationSeconds * 1_000)]);
  while (!over.aborted) {
    const died = await Promise.race([
      worker.died,
      delay(summaryEveryMs, undefined, { signal: over }).catch(() => undefined),
    ]);
    if (died !== undefined) throw died;
    const { shards } = await store.overview();
    say(
      feed.summary(
        shards.reduce((sum, { lastSeq, publishedSeq }) => sum + BigInt(lastSeq) - BigInt(publishedSeq), 0n),
      ),
    );
  }
}

async function outputTopics(store: Store): Promise<string[]> {
  const pinned = await store.pinnedTopics();
  return pinned.map(({ name }) => name).filter((name) => name.endsWith(".accounts"));
}

async function truthOf({ source, control }: WatchedUpstream) {
  const { accounts } = await control.truth();
  return {
    source,
    accounts: new Map(accounts.map(({ id, record }) => [id, record as JsonObject])),
    volatile: ["lastChanged", "photoUrl", "photoUploaded", "canUploadPhoto"],
  };
}

function kafkaConfig(brokers: string[]): Config["kafka"] {
  return { brokers, partitions: 6, allowWeakDurability: true };
}

/** The worker's configuration file, as a person would write it. */
function yamlOf(
  { postgres, kafka }: Pick<Config, "postgres" | "kafka">,
  upstreams: readonly WatchedUpstream[],
): string {
  const sources = upstreams.map(({ source, config: { every, sweepEvery, budget, ...rest } }) => [
    source,
    {
      ...rest,
      every: `${every}ms`,
      sweepEvery: `${sweepEvery}ms`,
      budget: budget === undefined ? undefined : { requests: budget.requests, per: `${budget.per}ms` },
    },
  ]);
  return `# Written by the sandbox at every start.\n${stringify({ postgres, kafka, sources: Object.fromEntries(sources) })}`;
}
