import { setTimeout as pause } from "node:timers/promises";
import { eventually } from "../support/eventually.ts";
import { shortLeases } from "../support/short-lease-worker.ts";
import { startFeed } from "./feed.ts";
import { scenario } from "./rounds.ts";

scenario("workers sleep for three lease times and wake up", { ci: 1 }, async ({ seed, random }) => {
  const feed = await startFeed({ seed, accounts: 300 });
  await feed.atWork();
  await feed.churn(30);

  for (const [sleeper, worker] of feed.workers.entries()) {
    const shares = async (wanted: readonly number[]) => {
      const owned = await feed.tidemark.owned(feed.workers);
      return owned.every((shards, index) => shards === wanted[index]);
    };
    await eventually("both workers have their share", () => shares([4, 4]));
    await pause(random.below(1_000));
    worker.suspend();
    const asleep = pause(3 * shortLeases.ttlMs);
    await eventually("the other worker has taken over", () => shares(sleeper === 0 ? [0, 8] : [8, 0]));
    await feed.journalGrows(20);
    await asleep;
    worker.resume();
    await eventually("it notices that it has lost its shards", () =>
      worker.log().includes('"msg":"shard.lost"'),
    );
  }
  const { events } = await feed.prove();
  return { struck: feed.workers.length, events };
});
