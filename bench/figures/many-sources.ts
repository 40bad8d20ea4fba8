import { setTimeout as delay } from "node:timers/promises";
import { type Measurement, figure } from "../figure.ts";
import { until } from "../until.ts";
import { isLoaded, sailPointSource } from "../world.ts";

const sources = 10_000;
const windowMs = 60_000;

/** Ten thousand sources of one process, each polled every 60 s. */
export const manySources: Measurement = async (world) => {
  await using upstream = await world.upstream(5);
  const config = Object.fromEntries(
    Array.from({ length: sources }, (_, index) => [
      `s${index}`,
      sailPointSource(upstream.baseUrl, { every: "60s" }),
    ]),
  );
  await using installation = await world.installation(config);
  const worker = installation.worker();
  await until(() => isLoaded(installation.store), 1_000);
  // The second minute: the first one was the load.
  await delay(windowMs);
  const before = worker.cpuMs();
  let latestMs = 0;
  for (const end = Date.now() + windowMs; Date.now() < end; await delay(1_000)) {
    const { sources: now } = await installation.store.overview();
    latestMs = Math.max(latestMs, ...now.map(({ pollDueInMs }) => -(pollDueInMs ?? 0)));
  }
  const cpuMs = worker.cpuMs() - before;
  await worker.stop();
  return [
    figure("10,000 sources every 60 s", (cpuMs / windowMs) * 100, "% of a core"),
    figure("10,000 sources, peak memory", worker.peakBytes() / 1e6, "MB"),
    figure("10,000 sources, latest poll", latestMs, "ms late"),
  ];
};
