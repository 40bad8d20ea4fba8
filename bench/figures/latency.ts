import { type Measurement, figure, quantile } from "../figure.ts";
import { until } from "../until.ts";
import { type Upstream, type World, published, sailPointSource } from "../world.ts";

const accounts = 1_000;
const changesPerSecond = 20;
const changes = 200;
const everyMs = 100;

/** From the upstream's answer (when a process has it in its hands) to a read-committed consumer, at 20 changes a second. */
export const latency: Measurement = async (world, { rounds }) => {
  await using upstream = await world.upstream(accounts);
  const ours: number[] = [];
  const plain: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    plain.push(...(await plainLatencies(world, upstream)));
    ours.push(...(await tidemarkLatencies(world, upstream)));
  }
  return [0.5, 0.99].map((part) =>
    figure(`observed to consumer, p${part * 100}`, quantile(ours, part), "ms", quantile(plain, part)),
  );
};

async function tidemarkLatencies(world: World, upstream: Upstream): Promise<number[]> {
  const source = sailPointSource(upstream.baseUrl, { every: `${everyMs}ms` });
  await using installation = await world.installation({ bench: source });
  const worker = installation.worker();
  const { population } = await upstream.control.truth();
  await until(async () => (await published(installation.store)) >= population);
  const latencies = await arrivals(world, upstream, installation.topic, ({ value }) => {
    const { observedAt } = JSON.parse(String(value)) as { observedAt: string };
    return Date.parse(observedAt);
  });
  await worker.stop();
  return latencies;
}

async function plainLatencies(world: World, upstream: Upstream): Promise<number[]> {
  await upstream.control.clearRequests();
  await using script = await world.plainScript(upstream.baseUrl, { everyMs });
  await until(async () => (await upstream.control.requests()).some(({ query }) => "filters" in query));
  // The script's records carry the time at which it passed them on, right after it had them.
  return await arrivals(world, upstream, script.topic, ({ timestamp }) => Number(timestamp));
}

interface Message {
  value: Buffer | null;
  timestamp: string;
}

/** How long changes took that came in while this was reading. */
async function arrivals(
  { kafka }: World,
  { control }: Upstream,
  topic: string,
  observedAtMs: (message: Message) => number,
): Promise<number[]> {
  const consumer = kafka.consumer({ groupId: `${topic}.latency`, maxWaitTimeInMs: 50 });
  const latenciesMs: number[] = [];
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: false });
  const joined = new Promise<void>((resolve) => {
    consumer.on(consumer.events.GROUP_JOIN, () => resolve());
  });
  await consumer.run({
    eachMessage: async ({ message }) => {
      latenciesMs.push(Date.now() - observedAtMs(message));
    },
  });
  await joined;
  await control.churn(changesPerSecond);
  await until(() => latenciesMs.length >= changes);
  await control.churn(0);
  await consumer.disconnect();
  return latenciesMs;
}
