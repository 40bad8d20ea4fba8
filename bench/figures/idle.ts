import { setTimeout as delay } from "node:timers/promises";
import { type Measurement, figure } from "../figure.ts";
import { sailPointSource, until } from "../world.ts";

const windowMs = 20_000;

/** What a poll costs that finds nothing, and what a worker costs that has nothing to do; both in CPU time of the process. */
export const idle: Measurement = async (world) => {
  await using upstream = await world.upstream(100);
  const cost = async (every: string) => {
    await using installation = await world.installation({
      bench: sailPointSource(upstream.baseUrl, { every }),
    });
    const worker = installation.worker();
    await until(async () => (await installation.store.overview()).sources[0]?.isLoaded === true);
    await upstream.control.clearRequests();
    const before = worker.cpuMs();
    await delay(windowMs);
    const cpuMs = worker.cpuMs() - before;
    const polls = (await upstream.control.requests()).filter(({ query }) => "filters" in query).length / 2;
    await worker.stop();
    return { cpuMs, polls };
  };
  const asleep = await cost("1h");
  const polling = await cost("100ms");
  return [
    figure("idle worker, 16 shards", asleep.cpuMs / (windowMs / 1_000), "ms CPU/s"),
    figure("idle poll (two requests)", (polling.cpuMs - asleep.cpuMs) / polling.polls, "ms CPU"),
  ];
};
