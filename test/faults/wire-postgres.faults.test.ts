import { inject, onTestFinished } from "vitest";
import type { Side } from "./proxies/fault-proxy.ts";
import { type PostgresProxy, cutBeforeSync, postgresProxy } from "./proxies/postgres-proxy.ts";
import { type Strike, cut, cutInHalf, forwardThenCut } from "./proxies/strikes.ts";
import { scenario } from "./rounds.ts";
import { startWireFeed, untilStruck } from "./wire-feed.ts";

/** What a worker writes while all goes well. */
const statements = [
  "source.commit",
  "shard.published",
  "shard.renew",
  "worker.announce",
  "sweep.open",
  "intent.finish",
] as const;

const kinds: readonly { side: Side; strike: Strike }[] = [
  { side: "request", strike: cut },
  { side: "request", strike: cutInHalf },
  { side: "request", strike: cutBeforeSync },
  { side: "request", strike: forwardThenCut },
  { side: "response", strike: cut },
  { side: "response", strike: cutInHalf },
];

scenario("a connection to Postgres breaks around a commit", { ci: 1 }, async ({ seed, random }) => {
  const proxy = await doorToPostgres();
  const feed = await startWireFeed({ seed, shards: 4, postgresUrl: proxy.url, workers: 2 });

  const stopAsking = feed.keepAsking(random);
  let struck = 0;
  for (const { side, strike } of kinds) {
    const planned = statements.map((name) =>
      proxy.on({ name, side, after: random.below(3), times: 2 }, strike),
    );
    await untilStruck(planned);
    await feed.goesOn();
    for (const plan of planned) struck += plan.struck();
  }
  await stopAsking();
  return { struck, ...(await feed.prove()) };
});

scenario("Postgres is silent until another worker owns the shard", { ci: 1 }, async ({ seed, random }) => {
  const proxy = await doorToPostgres();
  const feed = await startWireFeed({ seed, shards: 4, postgresUrl: proxy.url, workers: 2 });

  let struck = 0;
  for (const name of ["source.commit", "shard.published"]) {
    for (const side of ["request", "response"] as const) {
      const shard = random.below(4);
      const planned = proxy.on({ name, side, of: String(shard) }, async ({ forward }) => {
        const owner = await feed.workerIdOf(shard);
        const isTaken = feed.takenFrom(owner, shard);
        const late: Strike = async ({ forward }) => {
          await isTaken;
          forward();
        };
        const silence = ["shard.renew", "shard.acquire", "worker.announce"].map((name) =>
          proxy.on({ name, side: "request", of: owner, times: Number.POSITIVE_INFINITY }, late),
        );
        await isTaken;
        for (const { cancel } of silence) cancel();
        forward();
      });
      await untilStruck([planned]);
      await feed.goesOn();
      struck += planned.struck();
    }
  }
  return { struck, ...(await feed.prove()) };
});

async function doorToPostgres(): Promise<PostgresProxy> {
  const proxy = await postgresProxy(inject("postgresUrl"));
  onTestFinished(() => proxy.close());
  return proxy;
}
