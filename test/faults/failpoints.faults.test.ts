import { join } from "node:path";
import { inject, onTestFinished } from "vitest";
import { waitUntil } from "../../src/sandbox/servers/wait-until.ts";
import type { WorkerProcess } from "../support/worker-processes.ts";
import { failpoints, transactionSteps } from "./failpoints.ts";
import type { Side } from "./proxies/fault-proxy.ts";
import { kafkaProxy } from "./proxies/kafka-proxy.ts";
import { scenario } from "./rounds.ts";
import { type WireFeed, someOf, startWireFeed, untilStruck } from "./wire-feed.ts";

const program = join(import.meta.dirname, "failpoint-worker.ts");
const shards = 6;
/** Side by side: they spend their time waiting for each other's leases. */
const victims = 2;
/** Of a machine that does much else. */
const patienceMs = 60_000;

scenario(
  "a worker is killed before or after anything that lasts",
  { ci: 1 },
  async ({ seed, random, size }) => {
    const feed = await startWireFeed({ seed, shards });
    const stopAsking = feed.keepAsking(random);
    const played = size === "ci" ? someOf(failpoints, 16, random) : failpoints;
    const never = await playEach(played, async (name) => {
      const worker = feed.tidemark.startWorker([program, "freeze", name]);
      const isReached = await reaches(feed, worker, name);
      if (worker.isAlive()) await worker.kill();
      return isReached;
    });
    await stopAsking();
    const { events } = await feed.prove();
    expectNone(never);
    return { struck: played.length, events };
  },
);

/** Where a worker that has slept through its lease could do something that is no longer its own to do. */
const fenced = failpoints.filter((name) =>
  /store\.(commit|recordPublished|openSweep|finishIntent|renewShards|releaseShards|failPass)|publisher\.(open|publish)/.test(
    name,
  ),
);

scenario(
  "a worker sleeps for longer than its lease before or after it writes",
  { ci: 1 },
  async ({ seed, random, size }) => {
    const feed = await startWireFeed({ seed, shards });
    const stopAsking = feed.keepAsking(random);
    const played = size === "ci" ? someOf(fenced, 6, random) : fenced;
    const never = await playEach(played, async (name) => {
      const worker = feed.tidemark.startWorker([program, "freeze", name]);
      const isReached = await reaches(feed, worker, name);
      const isTakenOver = await waitUntil(
        async () => (await feed.tidemark.owned([worker]))[0] === 0,
        patienceMs,
      );
      worker.resume();
      await worker.stop();
      return isReached && isTakenOver;
    });
    await stopAsking();
    const { events } = await feed.prove();
    expectNone(never);
    return { struck: played.length, events };
  },
);

/** What may fail at any time. A start that fails ends the worker; closing a publisher never fails; what is done once is not done again. */
const mayThrow = failpoints.filter(
  (name) =>
    !/ensureInstallation|applySources|maintainJournal|prunePasses|thinCheckpoints|before:store.retireWorker|publisher.close/.test(
      name,
    ),
);

scenario("anything that lasts fails before or after it was done", { ci: 1 }, async ({ seed, random }) => {
  const feed = await startWireFeed({ seed, shards });
  const stopAsking = feed.keepAsking(random);
  const worker = feed.tidemark.startWorker([program, "throw", ...mayThrow]);
  await failOnce(feed.upstreams);
  const left = () => mayThrow.filter((name) => !hasReached(worker, name));
  await waitUntil(() => left().every((name) => /releaseShards|retireWorker/.test(name)), 3 * patienceMs);
  await worker.stop();
  await stopAsking();
  const { events } = await feed.prove();
  expectNone(left());
  return { struck: mayThrow.length, events };
});

/** A publisher that sleeps on an answer sleeps before its next request as well. */
const inTransaction: readonly {
  name: (typeof transactionSteps)[number];
  side: Side;
  strikeWorker: (feed: WireFeed, victim: number) => Promise<void>;
}[] = [
  ...transactionSteps.flatMap((name) => [
    { name, side: "request" as const, strikeWorker: die },
    { name, side: "response" as const, strikeWorker: die },
    { name, side: "request" as const, strikeWorker: sleepThroughLease },
  ]),
  { name: "EndTxn", side: "response", strikeWorker: sleepThroughLease },
];

scenario(
  "a worker is killed or sleeps in the middle of a Kafka transaction",
  { ci: 1 },
  async ({ seed, random, size }) => {
    const proxy = await kafkaProxy(inject("brokers"));
    onTestFinished(() => proxy.close());
    const feed = await startWireFeed({ seed, shards, brokers: proxy.brokers, workers: 3 });

    const played = size === "ci" ? someOf(inTransaction, 8, random) : inTransaction;
    for (const { name, side, strikeWorker } of played) {
      const strikes = async () => {
        let isStruck = false;
        const planned = proxy.on({ name, side }, async ({ of, forward }) => {
          const victim = await feed.ownerOf(feed.owners.indexOf(of ?? ""));
          isStruck = victim >= 0;
          if (isStruck) await strikeWorker(feed, victim);
          // What the dead has sent may still arrive.
          if (!isStruck || strikeWorker === sleepThroughLease || random.chance(0.5)) forward();
        });
        await untilStruck([planned]);
        return isStruck;
      };
      if (!(await waitUntil(strikes, patienceMs))) throw new Error(`nobody owns what says ${name}`);
    }
    await feed.goesOn();
    return { struck: played.length, ...(await feed.prove()) };
  },
);

function die(feed: WireFeed, victim: number): Promise<void> {
  return feed.replace(victim);
}

async function sleepThroughLease({ tidemark, workers }: WireFeed, victim: number): Promise<void> {
  const worker = workers[victim];
  if (worker === undefined) return;
  worker.suspend();
  await waitUntil(async () => (await tidemark.owned([worker]))[0] === 0, patienceMs);
  worker.resume();
}

/** Plays them in turn, some side by side. @returns those that were never reached. */
async function playEach(
  names: readonly string[],
  play: (name: string) => Promise<boolean>,
): Promise<string[]> {
  const waiting = [...names];
  const never: string[] = [];
  const playSome = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      if (!(await play(name))) never.push(name);
    }
  };
  await Promise.all(Array.from({ length: victims }, playSome));
  return never;
}

/** Whether a worker comes to this point; some lie where a pass fails or a worker stops: while all goes well they are reached by chance alone. */
async function reaches(
  { tidemark, upstreams }: WireFeed,
  worker: WorkerProcess,
  name: string,
): Promise<boolean> {
  const isReached = () => hasReached(worker, name);
  if (/failPass|retireWorker|releaseShards|publisher\.close/.test(name)) {
    await waitUntil(async () => ((await tidemark.owned([worker]))[0] ?? 0) > 0, patienceMs);
    // Before that it has no publisher to close.
    if (name.includes("publisher")) await waitUntil(() => hasOpened(worker), patienceMs);
    if (name.includes("failPass")) await failOnce(upstreams);
    else void worker.stop();
  }
  return waitUntil(isReached, patienceMs, () => worker.isAlive());
}

/** Each source fails at least once: a request is tried four times. */
async function failOnce(upstreams: WireFeed["upstreams"]): Promise<void> {
  for (const { control } of upstreams) await control.inject({ kind: "503", times: 8 });
}

function hasReached(worker: WorkerProcess, name: string): boolean {
  return worker.log().includes(`"failpoint":"${name}"`);
}

function hasOpened(worker: WorkerProcess): boolean {
  return worker.log().includes('"msg":"publish.opened"');
}

function expectNone(never: readonly string[]): void {
  if (never.length > 0) throw new Error(`never reached: ${never.join(", ")}`);
}
