import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { eventually } from "../support/eventually.ts";
import { startFeed } from "./feed.ts";
import { scenario } from "./rounds.ts";

const deludedWorker = [join(import.meta.dirname, "deluded-worker.ts")] as const;

scenario("two workers believe that they own the same shards", { ci: 1 }, async ({ seed, random }) => {
  const feed = await startFeed({ seed, accounts: 300, workers: 0 });
  const { tidemark, workers } = feed;
  const deluded = tidemark.startWorker(deludedWorker);
  await eventually("both sources are loaded", feed.isLoaded);
  const honest = tidemark.startWorker();
  workers.push(honest);
  await eventually("the leases are the honest worker's", async () => {
    const [owned] = await tidemark.owned(workers);
    return owned === 8;
  });

  await feed.churn(20);
  await pause(6_000 + random.below(2_000));
  const fencedOff =
    timesIn(deluded.log(), /"publish\.failed"/g) + timesIn(honest.log(), /"publish\.failed"/g);
  const turnedAway = timesIn(deluded.log(), /"(poll|sweep)\.stale"/g);
  await deluded.kill();
  if (fencedOff === 0 || turnedAway === 0)
    throw new Error(`they were not in each other's way: ${fencedOff} fenced off, ${turnedAway} turned away`);
  const { events } = await feed.prove();
  return { struck: fencedOff + turnedAway, events };
});

function timesIn(log: string, pattern: RegExp): number {
  return log.match(pattern)?.length ?? 0;
}
