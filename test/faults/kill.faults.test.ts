import { setTimeout as pause } from "node:timers/promises";
import { eventually } from "../support/eventually.ts";
import { troubledUpstreams } from "../support/troubled-upstreams.ts";
import { startFeed } from "./feed.ts";
import { scenario } from "./rounds.ts";

const forEver = 1_000_000;

scenario("workers are killed while they load and while they poll", { ci: 1 }, async ({ seed, random }) => {
  const feed = await startFeed({ seed, accounts: 2_000, pace: { sweepEvery: "1h" } });
  const controls = feed.upstreams.map(({ control }) => control);
  // Loading takes long enough to be killed in.
  for (const [index, control] of controls.entries())
    await control.inject({ kind: "slow", ms: index === 0 ? 700 : 8, times: forEver });
  await feed.journalGrows(1);
  let kills = 0;
  const killSome = async (most: number, isOver: () => Promise<boolean>) => {
    for (let left = most; left > 0 && !(await isOver()); left -= 1) {
      await feed.replace(random.below(feed.workers.length));
      kills += 1;
      await pause(300 + random.below(2_500));
    }
  };

  await killSome(4, feed.isLoaded);
  for (const control of controls) await control.clearFaults();
  await feed.atWork();

  const trouble = troubledUpstreams(controls, random, 500);
  const stopGrowing = feed.keepGrowing();
  await killSome(6, async () => false);
  await stopGrowing();
  const struck = await trouble.stop();
  const { events } = await feed.prove("polls");
  return { struck: kills + struck, events };
});

scenario(
  "workers are killed while they sweep and while they take over",
  { ci: 1 },
  async ({ seed, random }) => {
    const feed = await startFeed({ seed, accounts: 1_000 });
    await feed.atWork();
    for (const { control } of feed.upstreams) {
      await control.inject({ kind: "slow", path: "sorters=id|reports/custom", ms: 300, times: forEver });
      await control.churn(15);
    }

    let kills = 0;
    for (const { source } of [...feed.upstreams, ...feed.upstreams]) {
      const isSwept = async () => {
        const { sources } = await feed.tidemark.store.overview();
        return sources.some(({ name, sweeping }) => name === source && sweeping);
      };
      const sweeper = await eventually(`${source} is being swept`, async () => {
        return (await isSwept()) && feed.ownerOf(source);
      });
      await pause(random.below(400));
      await feed.replace(sweeper);
      // The next owner opens the shard, which takes it about a tenth of a second.
      const heir = await eventually(`${source} has a new owner`, () => feed.ownerOf(source));
      await pause(random.below(200));
      await feed.replace(heir);
      kills += 2;
    }
    for (const { control } of feed.upstreams) await control.clearFaults();
    const { events } = await feed.prove();
    return { struck: kills, events };
  },
);
