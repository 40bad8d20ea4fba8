import { setTimeout as pause } from "node:timers/promises";
import { expect, onTestFinished } from "vitest";
import { waitUntil } from "../../src/sandbox/servers/wait-until.ts";
import { BrokenContract } from "../support/broken-contract.ts";
import { eventually } from "../support/eventually.ts";
import { type TestInstallation, install } from "../support/installation.ts";
import { type WatchedUpstream, watchedPair } from "../support/watched-upstreams.ts";
import type { WorkerProcess } from "../support/worker-processes.ts";

/** Two upstreams, their feed, and workers that are there to be killed. */
export interface Feed {
  readonly tidemark: TestInstallation;
  readonly upstreams: readonly WatchedUpstream[];
  /** The present ones; a worker that was replaced is no longer here. */
  readonly workers: WorkerProcess[];
  /** Lets each upstream insert, update and delete so often per second; 0 ends it. */
  churn(perSecond: number): Promise<void>;
  /** Lets each upstream insert and update until the function is called: changes that polls alone can find. */
  keepGrowing(): () => Promise<void>;
  /** Kills a worker as a crash would, and starts another in its place. */
  replace(index: number): Promise<void>;
  /** The index of the worker that owns a source; false while nobody living does. */
  ownerOf(source: string): Promise<number | false>;
  isLoaded(): Promise<boolean>;
  /** Resolves when the sources are loaded and every worker has shards: one that is still starting ends when its database does. */
  atWork(): Promise<void>;
  /** Resolves when at least so many more events are in the journal. */
  journalGrows(by: number): Promise<void>;
  /**
   * Ends all changes and proves the feed: what is journalled is published within a minute (I8); the workers stop in good order; a fresh one
   * goes on from their cursors and finds what has changed meanwhile (I6); and then everything else.
   * @param by What the fresh worker does: polls alone show whether a cursor had run ahead, sweeps would heal that.
   */
  prove(by?: "polls" | "sweeps"): Promise<{ events: number }>;
}

interface Wanted {
  seed: number;
  accounts: number;
  /** 2 when left out. */
  workers?: number;
  /** Members of the sources' configuration. */
  pace?: { every?: string; sweepEvery?: string };
  /** Where the servers of the test run are not meant. */
  servers?: Parameters<typeof install>[1];
}

const healingMs = 60_000;

/** Starts it; everything is gone when the test has finished. */
export async function startFeed({
  seed,
  accounts,
  workers: count = 2,
  pace,
  servers,
}: Wanted): Promise<Feed> {
  const upstreams = await watchedPair(accounts, seed);
  for (const { config } of upstreams) Object.assign(config, pace);
  const controls = upstreams.map(({ control }) => control);
  const tidemark = await install(upstreams, servers);
  const workers = Array.from({ length: count }, () => tidemark.startWorker());

  async function churn(perSecond: number): Promise<void> {
    for (const control of controls) await control.churn(perSecond);
  }

  async function isLoaded(): Promise<boolean> {
    const { sources } = await tidemark.store.overview();
    return sources.length > 0 && sources.every((source) => source.isLoaded);
  }

  async function areOwners(): Promise<boolean> {
    return (await tidemark.owned(workers)).every((shards) => shards > 0);
  }

  return {
    tidemark,
    upstreams,
    workers,
    churn,
    keepGrowing() {
      const over = new AbortController();
      const growing = (async () => {
        while (!over.signal.aborted) {
          for (const control of controls) await control.mutate({ insert: 1, update: 3 });
          await pause(200, undefined, { signal: over.signal }).catch(() => undefined);
        }
      })();
      const stop = () => {
        over.abort();
        return growing;
      };
      onTestFinished(stop);
      return stop;
    },
    async replace(index) {
      await workers[index]?.kill();
      workers[index] = tidemark.startWorker();
    },
    async ownerOf(source) {
      const { sources, shards } = await tidemark.store.overview();
      const shard = sources.find(({ name }) => name === source)?.shard;
      const owner = shards
        .find((row) => row.shard === shard)
        ?.owner?.split(".")
        .at(-2);
      const index = workers.findIndex((worker) => worker.isAlive() && String(worker.pid) === owner);
      return index >= 0 && index;
    },
    isLoaded,
    async atWork() {
      await eventually("the sources are loaded", isLoaded, 120_000);
      await eventually("every worker has shards", areOwners);
    },
    async journalGrows(by) {
      const before = await tidemark.journalled();
      const hasGrown = async () => (await tidemark.journalled()) >= before + by;
      await eventually(`${by} more events are in the journal`, hasGrown);
    },
    async prove(by = "sweeps") {
      await churn(0);
      const waiting = async () => (await tidemark.journalled()) - (await tidemark.published());
      if (!(await waitUntil(async () => (await waiting()) === 0, healingMs)))
        throw new BrokenContract([
          `I8 bounded: ${await waiting()} events still wait ${healingMs / 1_000} s after everything was healed`,
        ]);
      // One that has just been started would not hear that it is to stop.
      await eventually("every worker has shards", areOwners);
      const exits = await Promise.all(workers.map((worker) => worker.stop()));
      expect(exits, "what the workers exit with").toEqual(workers.map(() => 0));

      for (const control of controls) await control.mutate({ insert: 10, update: 30 });
      const fresh = tidemark.startWorker();
      if (by === "sweeps") await tidemark.settle();
      else await tidemark.settleByPolls();
      await tidemark.expectExactlyOnce();
      expect(await fresh.stop(), "what the fresh worker exits with").toBe(0);
      return { events: await tidemark.journalled() };
    },
  };
}
