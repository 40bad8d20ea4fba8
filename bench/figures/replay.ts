import { arrivals, observedAtMs } from "../arrivals.ts";
import { type Figure, type Measurement, counted, figure, quantile } from "../figure.ts";
import { startTenants } from "../tenants.ts";
import { until } from "../until.ts";
import { type Installation, isLoaded, published, sailPointSource } from "../world.ts";

const liveAccounts = 1_000;
// SailPoint's polls read the last five minutes again: oftener, that would be most of what is measured.
const liveEvery = "1s";
const liveChanges = 500;

/**
 * Replays ten times the accounts, one event each, from the journal to another topic; and tells how long live changes of the same shard take meanwhile,
 * beside what they took before.
 */
export const replay: Measurement = async (world, { accounts }) => {
  const events = 10 * accounts;
  await using tenants = await startTenants();
  await using upstream = await world.upstream(liveAccounts);
  // One shard: what is replayed and what is live share a journal and a publisher.
  await using installation = await world.installation(
    {
      bulk: sailPointSource(tenants.baseUrl("bench", events)),
      live: sailPointSource(upstream.baseUrl, { every: liveEvery }),
    },
    { shards: 1 },
  );
  const { topic, store } = installation;
  const loader = installation.worker();
  await until(() => isLoaded(store), 500);
  await until(async () => (await published(store)) >= events + liveAccounts, 500);
  await loader.stop();

  const copies = `${topic}.copies`;
  await using _ = await world.topic(copies);
  // Its memory is that of a worker which has loaded nothing.
  const worker = installation.worker();
  const latencies = (during: Parameters<typeof arrivals>[4]) =>
    arrivals(world, upstream, topic, observedAtMs, during);
  const alone = await latencies((latenciesMs) => until(() => latenciesMs.length >= liveChanges));

  const cpuBeforeMs = worker.cpuMs();
  let seconds = Number.NaN;
  const beside = await latencies(async () => {
    seconds = await replayInto(copies, installation);
  });
  const cpuMicros = ((worker.cpuMs() - cpuBeforeMs) * 1_000) / events;
  await worker.stop();

  const name = `replay of ${counted(events)} events to another topic`;
  return [
    figure(name, events / seconds, "events/s"),
    figure(`${name}, CPU`, cpuMicros, "µs/event"),
    figure(`${name}, peak memory`, worker.peakBytes() / 1e6, "MB"),
    ...percentiles("observed to consumer, without a replay", alone),
    ...percentiles("observed to consumer, beside a replay", beside),
  ];
};

function percentiles(name: string, latenciesMs: readonly number[]): Figure[] {
  return [0.5, 0.99].map((part) => figure(`${name}, p${part * 100}`, quantile(latenciesMs, part), "ms"));
}

/** Replays everything of the source `bulk`. @returns how many seconds it took until all of it was in Kafka. */
async function replayInto(topic: string, { store }: Installation): Promise<number> {
  const startedAtMs = performance.now();
  const begun = await store.startReplay({
    kind: "journal",
    source: "bulk",
    from: { since: new Date(0).toISOString() },
    until: null,
    accountId: null,
    ops: null,
    topic,
    pace: null,
    actor: "bench",
  });
  if (!("id" in begun)) throw new Error(`the replay is refused: ${begun.kind}`);
  await until(async () => (await store.replay(begun.id))?.state === "done", 100);
  const { shards } = await store.overview();
  const lastSeq = Math.max(...shards.map((shard) => Number(shard.lastSeq)));
  await until(async () => (await published(store)) >= lastSeq);
  return (performance.now() - startedAtMs) / 1_000;
}
