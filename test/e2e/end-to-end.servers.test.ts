import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { seededRandom } from "../../src/sandbox/upstreams/random.ts";
import { install } from "../support/installation.ts";
import { seed } from "../support/seed.ts";
import { troubledUpstreams } from "../support/troubled-upstreams.ts";
import { watchedPair } from "../support/watched-upstreams.ts";

const changingForMs = 10_000;

test("what two upstreams hold is in Kafka exactly once, through two workers, random changes and upstream faults", async () => {
  const startedAtMs = performance.now();
  const upstreams = await watchedPair(1_000, seed);
  const controls = upstreams.map(({ control }) => control);
  const tidemark = await install(upstreams);
  const workers = [tidemark.startWorker("tidemark"), tidemark.startWorker("tidemark")];
  await expect.poll(() => tidemark.owned(workers), { timeout: 30_000 }).toEqual([4, 4]);

  const trouble = troubledUpstreams(controls, seededRandom(seed), 300);
  for (const control of controls) await control.churn(20);
  await pause(changingForMs);
  for (const control of controls) await control.churn(0);
  const struck = await trouble.stop();
  const { sources, shards } = await tidemark.store.overview();
  const publishers = new Set(sources.map(({ shard }) => shards[shard]?.owner));
  await tidemark.settle();

  const counts = await tidemark.expectExactlyOnce();
  expect(await tidemark.owned(workers)).toEqual([4, 4]);
  expect(publishers.size, "workers that own a source").toBe(2);
  expect(struck).toBeGreaterThan(10);
  expect(await Promise.all(workers.map((worker) => worker.stop()))).toEqual([0, 0]);
  const seconds = ((performance.now() - startedAtMs) / 1_000).toFixed(1);
  console.log(`end to end: seed ${seed}, ${counts}, ${struck} requests struck, ${seconds} s`);
});
