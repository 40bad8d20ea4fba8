import { setTimeout as pause } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { type TestInstallation, install } from "../support/installation.ts";
import { movesOf } from "../support/moves.ts";
import { seed } from "../support/seed.ts";
import { watchVisibility } from "../support/visible-delays.ts";
import { watchedCrowd } from "../support/watched-crowd.ts";
import { watchedPair } from "../support/watched-upstreams.ts";
import type { WorkerProcess } from "../support/worker-processes.ts";

const shards = 16;
/** A lease that is not released is taken over after 10 s at the earliest: what takes less did not wait for one. */
const lessThanALeaseMs = 9_000;
/** From the start of a process to even shares: it has to start, to be noticed within a second, and to get what the others release. */
const evenWithinMs = 30_000;

test("from 1 to 4 workers, while 64 sources poll, shards spread evenly and no event is lost or doubled", async () => {
  const crowd = await watchedCrowd({ tenants: 4, sourcesEach: 16, accounts: 25, seed });
  const tidemark = await install(crowd.sources, { shards });
  const workers = [tidemark.startWorker("tidemark")];
  await expect.poll(() => isLoaded(tidemark), { timeout: 60_000 }).toBe(true);
  await crowd.churn(1);

  const seconds: string[] = [];
  for (const shares of [
    [8, 8],
    [6, 5, 5],
    [4, 4, 4, 4],
  ]) {
    const startedAtMs = performance.now();
    workers.push(tidemark.startWorker("tidemark"));
    await expect.poll(() => shared(tidemark, workers), { timeout: evenWithinMs }).toEqual(shares);
    seconds.push(((performance.now() - startedAtMs) / 1_000).toFixed(1));
    await isCaughtUp(tidemark);
    expect(await shared(tidemark, workers), "whether it stays so").toEqual(shares);
  }
  await crowd.churn(0);
  await tidemark.settle();

  const counts = await tidemark.expectExactlyOnce();
  const moves = movesOf(workers);
  // 8, 5 and 4 shards have to move; a worker whose id sorts before the others' can shift the odd one.
  expect(moves.length, "moves").toBeLessThanOrEqual(8 + 5 + 4 + 2);
  expect(await Promise.all(workers.map((worker) => worker.stop()))).toEqual([0, 0, 0, 0]);
  console.log(
    `1 to 4 workers: seed ${seed}, even after ${seconds.join(", ")} s, ${moves.length} moves, ${counts}`,
  );
});

test("a rolling restart while sources change leaves nothing unpublished, and no event waits for a lease to run out", async () => {
  const crowd = await watchedCrowd({ tenants: 2, sourcesEach: 16, accounts: 25, seed });
  const tidemark = await install(crowd.sources, { shards });
  const all: WorkerProcess[] = [];
  const start = () => {
    const worker = tidemark.startWorker("tidemark");
    all.push(worker);
    return worker;
  };
  const workers = [start(), start(), start()];
  const even = { timeout: evenWithinMs };
  await expect.poll(() => isLoaded(tidemark), { timeout: 60_000 }).toBe(true);
  await expect.poll(() => shared(tidemark, workers), even).toEqual([6, 5, 5]);
  const watch = await watchVisibility(tidemark, `${tidemark.prefix}.sailpoint.accounts`, onTestFinished);

  await crowd.churn(4);
  await isCaughtUp(tidemark);
  const peaceFromMs = Date.now();
  await pause(5_000);
  const restartFromMs = Date.now();
  for (const index of workers.keys()) {
    expect(await workers[index]?.stop()).toBe(0);
    workers[index] = start();
    await expect.poll(() => shared(tidemark, workers), even).toEqual([6, 5, 5]);
    await isCaughtUp(tidemark);
  }
  const restartUntilMs = Date.now();
  await crowd.churn(0);
  await tidemark.settle();

  const peace = await watch.delays(peaceFromMs, restartFromMs);
  const restart = await watch.delays(restartFromMs, restartUntilMs);
  const moves = movesOf(all).filter(({ atMs }) => atMs > restartFromMs);
  const longestGapMs = Math.max(...moves.map(({ gapMs }) => gapMs ?? Number.POSITIVE_INFINITY));
  console.log(
    `rolling restart: seed ${seed}, ${moves.length} moves, no owner for ${longestGapMs} ms at most; ` +
      `visible after ${restart.medianMs} ms, at most ${restart.longestMs} ms (${restart.events} events), ` +
      `in peace after ${peace.medianMs} ms, at most ${peace.longestMs} ms (${peace.events} events)`,
  );
  expect(moves.filter(({ leftBehind }) => leftBehind > 0)).toEqual([]);
  expect(longestGapMs, "without an owner").toBeLessThan(lessThanALeaseMs);
  expect(restart.events).toBeGreaterThan(200);
  // About a second on two cores that also start the new workers; what it was is printed above.
  expect(restart.longestMs).toBeLessThan(lessThanALeaseMs);
  await tidemark.expectExactlyOnce();
  expect(await Promise.all(workers.map((worker) => worker.stop()))).toEqual([0, 0, 0]);
});

test("the shards of a killed worker belong to the survivor within 20 s, and their sources go on", async () => {
  const upstreams = await watchedPair(100, seed);
  const tidemark = await install(upstreams);
  const workers = [tidemark.startWorker("tidemark"), tidemark.startWorker("tidemark")];
  await expect.poll(() => tidemark.owned(workers), { timeout: 30_000 }).toEqual([4, 4]);

  await workers[0]?.kill();
  const killedAtMs = performance.now();
  await expect.poll(() => tidemark.owned(workers), { timeout: 20_000 }).toEqual([0, 8]);
  const seconds = ((performance.now() - killedAtMs) / 1_000).toFixed(1);
  const before = await published(tidemark);
  for (const { control } of upstreams) await control.mutate({ insert: 10 });
  const sourcesGoOn = async () =>
    (await published(tidemark)).every(
      (seq, shard) => seq >= (before[shard] ?? 0) + 10 || before[shard] === 0,
    );
  await expect.poll(sourcesGoOn, { timeout: 20_000 }).toBe(true);

  expect(await workers[1]?.stop()).toBe(0);
  console.log(`takeover: after ${seconds} s`);
});

async function isLoaded({ store }: TestInstallation): Promise<boolean> {
  const { sources } = await store.overview();
  return sources.length > 0 && sources.every((source) => source.isLoaded);
}

/** How many shards each worker owns, the most first. */
async function shared(tidemark: TestInstallation, workers: readonly WorkerProcess[]): Promise<number[]> {
  return (await tidemark.owned(workers)).toSorted((a, b) => b - a);
}

/** Resolves when all that is journalled by now is published: whoever has taken a shard with something to publish has opened it. */
async function isCaughtUp(tidemark: TestInstallation): Promise<void> {
  const { shards: before } = await tidemark.store.overview();
  const behind = async () => {
    const now = await published(tidemark);
    return before.filter(({ shard, lastSeq }) => (now[shard] ?? 0) < Number(lastSeq)).length;
  };
  await expect.poll(behind, { timeout: 30_000 }).toBe(0);
}

/** By shard. */
async function published({ store }: TestInstallation): Promise<number[]> {
  return (await store.overview()).shards.map(({ publishedSeq }) => Number(publishedSeq));
}
