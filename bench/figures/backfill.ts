import kafkajs from "kafkajs";
import { type Figure, type Measurement, figure, median } from "../figure.ts";
import type { MeasuredProcess } from "../measured-process.ts";
import { type Upstream, type World, published, sailPointSource, until } from "../world.ts";

interface Run {
  perSecond: number;
  cpuMicros: number;
  peakMb: number;
}

/** A first load of all accounts, beside the plain script, in turns: the speed of a machine drifts. */
export const backfill: Measurement = async (world, { accounts, rounds }) => {
  await using upstream = await world.upstream(accounts);
  const plain: Run[] = [];
  const ours: Run[] = [];
  for (let round = 0; round < rounds; round += 1) {
    plain.push(await plainRun(world, upstream, accounts));
    ours.push(await tidemarkRun(world, upstream, accounts));
  }
  const of = (runs: readonly Run[], member: keyof Run) => median(runs.map((run) => run[member]));
  return (["perSecond", "cpuMicros", "peakMb"] as const).map((member): Figure =>
    figure(names[member].name, of(ours, member), names[member].unit, of(plain, member)),
  );
};

const names = {
  perSecond: { name: "backfill", unit: "events/s" },
  cpuMicros: { name: "backfill, CPU of the process", unit: "µs/event" },
  peakMb: { name: "backfill, peak resident memory", unit: "MB" },
};

async function plainRun(world: World, upstream: Upstream, accounts: number): Promise<Run> {
  const topic = `plain-${Date.now()}`;
  const admin = new kafkajs.Kafka({ brokers: [world.broker], logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  await admin.createTopics({
    topics: [{ topic, numPartitions: 6, replicationFactor: 1 }],
    waitForLeaders: true,
  });
  await upstream.control.clearRequests();
  const script = await world.plainScript(upstream, topic);
  const run = await timed(script, upstream, accounts, () => script.hasEnded());
  await admin.deleteTopics({ topics: [topic] });
  await admin.disconnect();
  return run;
}

async function tidemarkRun(world: World, upstream: Upstream, accounts: number): Promise<Run> {
  await using installation = await world.installation({ bench: sailPointSource(upstream.baseUrl) });
  await upstream.control.clearRequests();
  const worker = installation.worker();
  const run = await timed(
    worker,
    upstream,
    accounts,
    async () => (await published(installation.store)) >= accounts,
  );
  await worker.stop();
  return run;
}

/** From the first request for accounts until everything is in Kafka. */
async function timed(
  measured: MeasuredProcess,
  upstream: Upstream,
  accounts: number,
  isOver: () => boolean | Promise<boolean>,
): Promise<Run> {
  const startedAtMs = await upstream.firstRequestAt();
  const cpuBeforeMs = measured.cpuMs();
  await until(isOver);
  const seconds = (Date.now() - startedAtMs) / 1_000;
  return {
    perSecond: accounts / seconds,
    cpuMicros: ((measured.cpuMs() - cpuBeforeMs) * 1_000) / accounts,
    peakMb: measured.peakBytes() / 1e6,
  };
}
