import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { seededRandom } from "../../src/sandbox/upstreams/random.ts";
import { type TestInstallation, install } from "../support/installation.ts";
import { seed } from "../support/seed.ts";
import { troubledUpstreams } from "../support/troubled-upstreams.ts";
import { watchedPair } from "../support/watched-upstreams.ts";
import type { WorkerProcess } from "../support/worker-processes.ts";

const killsWhileLoading = 6;
const killsAfterwards = 8;

test("workers that are killed again and again, while loading and later, lose nothing and publish nothing twice", async () => {
  const startedAtMs = performance.now();
  const random = seededRandom(seed);
  const upstreams = await watchedPair(3_000, seed);
  const controls = upstreams.map(({ control }) => control);
  // Loading takes long enough to be killed in.
  const forEver = 1_000_000;
  for (const [index, control] of controls.entries())
    await control.inject({ kind: "slow", ms: index === 0 ? 500 : 5, times: forEver });
  const tidemark = await install(upstreams);
  const workers = [tidemark.startWorker(), tidemark.startWorker()];
  await expect.poll(() => journalled(tidemark), { timeout: 30_000 }).toBeGreaterThan(0);

  const killSome = async (most: number, isOver: () => Promise<boolean>) => {
    let kills = 0;
    for (; kills < most; kills += 1) {
      await pause(300 + random.below(3_000));
      if (await isOver()) break;
      await killAndRestart(tidemark, workers, random.below(workers.length));
    }
    return kills;
  };

  const loading = await killSome(killsWhileLoading, () => isLoaded(tidemark));
  for (const control of controls) await control.clearFaults();
  await expect.poll(() => isLoaded(tidemark), { timeout: 60_000 }).toBe(true);

  const trouble = troubledUpstreams(controls, random, 500);
  for (const control of controls) await control.churn(20);
  const later = await killSome(killsAfterwards, async () => false);
  await Promise.all(workers.map((_, index) => killAndRestart(tidemark, workers, index)));
  for (const control of controls) await control.churn(0);
  const struck = await trouble.stop();
  await tidemark.settle();

  const counts = await tidemark.expectExactlyOnce();
  expect(loading, "kills while loading").toBeGreaterThan(2);
  expect(later).toBe(killsAfterwards);
  expect(await Promise.all(workers.map((worker) => worker.stop()))).toEqual([0, 0]);
  const seconds = ((performance.now() - startedAtMs) / 1_000).toFixed(1);
  console.log(
    `kills: seed ${seed}, ${loading} while loading, ${later + workers.length} later, ` +
      `${counts}, ${struck} requests struck, ${seconds} s`,
  );
}, 240_000);

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

async function killAndRestart(
  tidemark: TestInstallation,
  workers: WorkerProcess[],
  index: number,
): Promise<void> {
  const victim = workers[index];
  expect(victim?.isAlive(), "whether the worker lives until it is killed").toBe(true);
  await victim?.kill();
  workers[index] = tidemark.startWorker();
}

async function isLoaded({ store }: TestInstallation): Promise<boolean> {
  return (await store.overview()).sources.every((source) => source.isLoaded);
}

/** By shard. */
async function published({ store }: TestInstallation): Promise<number[]> {
  return (await store.overview()).shards.map(({ publishedSeq }) => Number(publishedSeq));
}

async function journalled({ store }: TestInstallation): Promise<number> {
  return (await store.overview()).shards.reduce((sum, { lastSeq }) => sum + Number(lastSeq), 0);
}
