import { arrivals, observedAtMs } from "../arrivals.ts";
import { type Measurement, figure, quantile } from "../figure.ts";
import { until } from "../until.ts";
import { type Upstream, type World, published, sailPointSource } from "../world.ts";

const accounts = 1_000;
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
  const latencies = await arrivals(world, upstream, installation.topic, observedAtMs, enough);
  await worker.stop();
  return latencies;
}

async function plainLatencies(world: World, upstream: Upstream): Promise<number[]> {
  await upstream.control.clearRequests();
  await using script = await world.plainScript(upstream.baseUrl, { everyMs });
  await until(async () => (await upstream.control.requests()).some(({ query }) => "filters" in query));
  // The script's records carry the time at which it passed them on, right after it had them.
  return await arrivals(world, upstream, script.topic, ({ timestamp }) => Number(timestamp), enough);
}

function enough(latenciesMs: readonly number[]): Promise<void> {
  return until(() => latenciesMs.length >= changes);
}
