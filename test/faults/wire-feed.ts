import { setTimeout as pause } from "node:timers/promises";
import { expect, inject, onTestFinished } from "vitest";
import { partitionOf } from "../../src/core/murmur2.ts";
import type { Random } from "../../src/sandbox/upstreams/random.ts";
import { BrokenContract } from "../support/broken-contract.ts";
import { type TestInstallation, install } from "../support/installation.ts";
import type { PlannedStrike } from "./proxies/fault-proxy.ts";
import type { WorkerProcess } from "../support/worker-processes.ts";
import { type WatchedUpstream, watchedBambooHr, watchedSailPoint } from "../support/watched-upstreams.ts";

/** A feed that works on while it is struck: one source in each shard, so that each can be struck by itself. */
export interface WireFeed {
  readonly tidemark: TestInstallation;
  readonly upstreams: readonly WatchedUpstream[];
  /** The present ones; who replaces one changes this list. */
  readonly workers: WorkerProcess[];
  /** The shards' transactional ids and groups, by shard. */
  readonly owners: readonly string[];
  /** The name of the worker that owns a shard, as soon as one does. */
  workerIdOf(shard: number): Promise<string>;
  /** Resolves when another worker owns the shard. */
  takenFrom(workerId: string, shard: number): Promise<void>;
  /** The index of the worker that owns a shard; -1 while no present one does. */
  ownerOf(shard: number): Promise<number>;
  /** Kills a worker as a crash would, and starts another in its place. */
  replace(index: number): Promise<void>;
  /** Asks for polls again and again, so that there are always intents to carry out, until the function is called. */
  keepAsking(random: Random): () => Promise<void>;
  /** Resolves when each shard has published something that was changed after the call. */
  goesOn(): Promise<void>;
  /** Ends all changes and proves the feed; the workers stop in good order. */
  prove(): Promise<{ events: number }>;
}

interface Wanted {
  seed: number;
  shards: number;
  /** Doors to the servers of the test run. */
  brokers?: readonly string[];
  postgresUrl?: string;
  /** 1 when left out. */
  workers?: number;
}

const accounts = 40;
const changesPerSecond = 4;
const healingMs = 60_000;

/** Starts the upstreams, which change all the time, and workers that publish them. */
export async function startWireFeed({
  seed,
  shards,
  brokers,
  postgresUrl,
  workers: count = 1,
}: Wanted): Promise<WireFeed> {
  const upstreams: WatchedUpstream[] = [];
  for (let shard = 0; shard < shards; shard += 1) {
    const watched = shard % 2 === 0 ? watchedSailPoint : watchedBambooHr;
    upstreams.push(await watched({ accounts, seed: seed + shard, source: nameIn(shard, shards) }));
  }
  const tidemark = await install(upstreams, {
    shards,
    brokers: brokers ?? inject("brokers"),
    ...(postgresUrl === undefined ? {} : { postgresUrl }),
  });
  for (const { control } of upstreams) await control.churn(changesPerSecond);
  const shardsNow = async () => (await tidemark.store.overview()).shards;

  const workers = Array.from({ length: count }, () => tidemark.startWorker());

  const feed: WireFeed = {
    tidemark,
    upstreams,
    workers,
    owners: upstreams.map((_, shard) => `${tidemark.prefix}.publisher.${shard}`),
    async workerIdOf(shard) {
      let owner: string | null = null;
      const isOwned = async () => (owner = (await shardsNow())[shard]?.owner ?? null) !== null;
      await expect
        .poll(isOwned, { timeout: healingMs, message: `whether shard ${shard} is owned` })
        .toBe(true);
      return owner ?? "";
    },
    async takenFrom(workerId, shard) {
      const owner = async () => (await shardsNow())[shard]?.owner ?? workerId;
      await expect.poll(owner, { timeout: healingMs, message: `who owns shard ${shard}` }).not.toBe(workerId);
    },
    async ownerOf(shard) {
      const pid = (await shardsNow())[shard]?.owner?.split(".").at(-2);
      return workers.findIndex((worker) => String(worker.pid) === pid);
    },
    async replace(index) {
      await workers[index]?.kill();
      workers[index] = tidemark.startWorker();
    },
    keepAsking(random) {
      const over = new AbortController();
      const asking = (async () => {
        while (!over.signal.aborted) {
          const { source } = random.pick(upstreams);
          await tidemark.store.askIntent({ source, verb: "poll", actor: "test" });
          await pause(300, undefined, { signal: over.signal }).catch(() => undefined);
        }
      })();
      const stop = () => {
        over.abort();
        return asking;
      };
      onTestFinished(stop);
      return stop;
    },
    async goesOn() {
      const before = await shardsNow();
      for (const { control } of upstreams) await control.mutate({ insert: 1 });
      const behind = async () =>
        (await shardsNow())
          .filter(({ shard, publishedSeq }) => BigInt(publishedSeq) <= BigInt(before[shard]?.lastSeq ?? 0))
          .map(({ shard }) => shard);
      await expect.poll(behind, { timeout: healingMs, message: "shards that do not go on" }).toEqual([]);
    },
    async prove() {
      for (const { control } of upstreams) await control.churn(0);
      try {
        await tidemark.settle();
      } catch (cause) {
        throw new BrokenContract([`I8 bounded: the feed has not healed: ${String(cause)}`]);
      }
      await tidemark.expectExactlyOnce();
      const exits = await Promise.all(workers.map((worker) => worker.stop()));
      expect(exits, "what the workers exit with").toEqual(workers.map(() => 0));
      return { events: await tidemark.journalled() };
    },
  };
  await feed.goesOn();
  return feed;
}

/** Resolves when each has been struck as often as planned. */
export async function untilStruck(planned: readonly PlannedStrike[]): Promise<void> {
  const waiting = new Set(planned);
  for (const strike of planned) void strike.done.then(() => waiting.delete(strike));
  const left = () =>
    [...waiting].map(({ target: { name, side, of = "anybody" } }) => `${name} ${side} of ${of}`);
  await expect.poll(left, { timeout: healingMs, message: "what was not struck" }).toEqual([]);
}

/** Some of them, in a random order: what a slice plays in every run of the tests. */
export function someOf<T>(list: readonly T[], count: number, random: Random): T[] {
  const left = [...list];
  return Array.from({ length: Math.min(count, left.length) }, () => {
    const [picked] = left.splice(random.below(left.length), 1);
    return picked as T;
  });
}

/** A source's name that puts it into this shard. */
function nameIn(shard: number, shards: number): string {
  for (let number = 0; ; number += 1) {
    const name = `feed-${number}`;
    if (partitionOf(name, shards) === shard) return name;
  }
}
