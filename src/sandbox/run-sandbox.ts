import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { JsonObject } from "../core/json.ts";
import type { Log } from "../ports/log.ts";
import type { Store } from "../ports/store.ts";
import { wireMigrate, wireStore, wireTail, wireVolatile } from "../wire.ts";
import { type EventFeed, eventFeed } from "./event-feed.ts";
import { followTopics, outputTopics } from "./follow-topics.ts";
import { holdHint } from "./hold-hint.ts";
import { lastPass } from "./last-pass.ts";
import { discardServers } from "./servers/discard-servers.ts";
import type { FolderLock } from "./servers/folder-lock.ts";
import { lockFolder } from "./servers/folder-lock.ts";
import { type RunningServers, startServers } from "./servers/start-servers.ts";
import { type WatchedUpstream, startUpstreams } from "./simulated-upstreams.ts";
import { type Verdict, createJudge } from "./verdict.ts";
import { workerConfig } from "./worker-config.ts";
import { type WorkerProcess, endLeftWorker, startWorkerProcess } from "./worker-process.ts";

export interface SandboxOptions {
  /** Where everything lives. */
  folder: string;
  /** Ends by itself after so many seconds, with a verdict; null runs until the signal. */
  durationSeconds: number | null;
  /** Discards what earlier runs have left. */
  fresh: boolean;
  /** Accounts of each upstream at the very first start. */
  accounts: number;
  /** Width of the terminal. */
  columns: number;
  say(line: string): void;
  /** Shows that something goes on until the promise settles. */
  during<T>(work: Promise<T>): Promise<T>;
  log: Log;
  /** Asks the sandbox to stop. */
  stop: AbortSignal;
}

const summaryEveryMs = 5_000;
/** BambooHR's feed has whole seconds: what hides behind an earlier change is found a minute later, on the upstream's clock. */
const lateMs = 62_000;

/**
 * Real servers, a simulated upstream of each vendor that keeps changing, one worker, and what arrives in Kafka.
 * @returns true unless the verdict says that topics and truth differ.
 * @throws SandboxError when something is missing or the worker dies
 */
export async function runSandbox(options: SandboxOptions): Promise<boolean> {
  const verdict = await runAll(options);
  // Said when everything has stopped, so that nothing comes after it.
  for (const line of verdict?.lines ?? []) options.say(line);
  return verdict?.isOk ?? true;
}

/** Starts everything, runs, and stops everything in the opposite order. @returns null when it was asked to stop. */
async function runAll(options: SandboxOptions): Promise<Verdict | null> {
  const { say, during, stop, durationSeconds } = options;
  await using cleanUp = new AsyncDisposableStack();
  /** The latest is stopped first. */
  const atEnd = (end: () => Promise<void>) => cleanUp.defer(() => during(end()));

  const lock = lockFolder(options.folder);
  cleanUp.defer(() => lock.release());
  const inFolder = (name: string) => join(lock.folder, name);
  await during(endLeftWorker(lock.folder, say));
  if (options.fresh) await during(discard(lock, inFolder("upstreams"), say));

  const servers = await during(startUnlessStopped(lock, options));
  if (servers === null) return null;
  atEnd(async () => {
    say("stopping Kafka, then Postgres");
    await servers.stop();
  });
  if (stop.aborted) return null;
  const upstreams = await during(startUpstreams(inFolder("upstreams"), { accounts: options.accounts }));
  atEnd(async () => {
    for (const upstream of upstreams) await upstream.close();
  });

  const connection = {
    postgres: { url: servers.postgresUrl, schema: "tidemark" },
    kafka: {
      brokers: servers.brokers,
      partitions: 6,
      compression: "none" as const,
      allowWeakDurability: true,
    },
  };
  await during(wireMigrate(connection, say));
  const store = wireStore(connection);
  atEnd(() => store.close());
  const read = wireTail(connection, options.log);
  const feed = eventFeed(say, Date.now, options.columns);
  const { onRecord } = feed;
  const reader = await during(followTopics({ store, read, topicCount: upstreams.length, onRecord, say }));
  atEnd(() => reader.close());

  const files = {
    folder: lock.folder,
    configFile: inFolder("tidemark.yaml"),
    logFile: inFolder("worker.log"),
  };
  await writeFile(files.configFile, workerConfig(connection, upstreams), { mode: 0o600 });
  say(`configuration: ${files.configFile}`);
  say(`worker's log:  ${files.logFile}`);
  const hint = holdHint(upstreams, { accounts: options.accounts, configFile: files.configFile });
  for (const line of hint) say(line);
  const worker = startWorkerProcess(files, say);
  atEnd(() => worker.stop());

  await watch(worker, store, feed, options);
  if (durationSeconds === null || stop.aborted) return null;

  say("time is up: no more changes; a last poll and a complete sweep per source");
  for (const { control } of upstreams) {
    await control.churn(0);
    await control.advance(lateMs);
  }
  const sources = upstreams.map(({ source }) => source);
  await during(lastPass(store, sources, worker.died, stop));
  if (stop.aborted) return null;
  await during(worker.stop());
  say("folding the topics from the beginning");
  const judge = createJudge();
  const topics = await outputTopics(store);
  await during(read({ topics, from: "beginning", until: "end", onRecord: judge.add, signal: stop }));
  return stop.aborted ? null : judge.verdict(await Promise.all(upstreams.map(truthOf)));
}

async function discard(lock: FolderLock, upstreams: string, say: (line: string) => void): Promise<void> {
  say("discarding what earlier runs have left");
  await discardServers(lock);
  await rm(upstreams, { recursive: true, force: true });
}

/** Ctrl-C at a terminal also reaches the programs that prepare the servers, which fail then: that is no failure. */
async function startUnlessStopped(
  lock: FolderLock,
  { say, stop }: SandboxOptions,
): Promise<RunningServers | null> {
  try {
    return await startServers({ lock, jarsFolder: join(lock.folder, "jars"), say });
  } catch (error) {
    if (stop.aborted) return null;
    throw error;
  }
}

/** Prints a summary every few seconds until the time is up or somebody asks to stop. */
async function watch(
  worker: WorkerProcess,
  store: Store,
  feed: EventFeed,
  { stop, say, during, durationSeconds }: SandboxOptions,
): Promise<void> {
  const over =
    durationSeconds === null
      ? stop
      : AbortSignal.any([stop, AbortSignal.timeout(Math.ceil(durationSeconds * 1_000))]);
  for (let isStarting = true; !over.aborted; isStarting = false) {
    const next = Promise.race([
      worker.died,
      delay(summaryEveryMs, undefined, { signal: over }).catch(() => undefined),
    ]);
    const died = await (isStarting ? during(next) : next);
    if (died !== undefined) throw died;
    const { shards, sources } = await store.overview();
    const depth = shards.reduce((sum, shard) => sum + BigInt(shard.lastSeq) - BigInt(shard.publishedSeq), 0n);
    say(feed.summary(depth));
    const waiting = sources.reduce((sum, source) => sum + source.waiting, 0);
    if (waiting > 0) say(`== ${waiting} changes wait for a person: tidemark hold list`);
  }
}

async function truthOf({ source, control, kind }: WatchedUpstream) {
  const { accounts } = await control.truth();
  const volatile = wireVolatile(kind);
  return {
    source,
    accounts: new Map(accounts.map(({ id, record }) => [id, record as JsonObject])),
    volatile: volatile.map((path) => path.replace(/^attributes\./, "")),
  };
}
