import { setTimeout as delay } from "node:timers/promises";
import { type Measurement, figure } from "../figure.ts";
import type { MeasuredProcess } from "../measured-process.ts";
import { until } from "../until.ts";
import { isLoaded, sailPointSource } from "../world.ts";

const windowMs = 20_000;
/** What starting left to do belongs to neither. */
const settlingMs = 2_000;
const often = { text: "100ms", ms: 100 };
const hardlyEver = { text: "1h", ms: 3_600_000 };

/** What a poll costs that finds nothing, and what a worker costs that has nothing to do; both in CPU time of the process. */
export const idle: Measurement = async (world) => {
  await using upstream = await world.upstream(100);

  async function observe(measured: MeasuredProcess): Promise<{ cpuMs: number; requests: number }> {
    await delay(settlingMs);
    await upstream.control.clearRequests();
    const before = measured.cpuMs();
    await delay(windowMs);
    const cpuMs = measured.cpuMs() - before;
    if (measured.hasEnded()) throw new Error("the process that was measured has ended");
    const requests = (await upstream.control.requests()).filter(({ query }) => "filters" in query).length;
    return { cpuMs, requests };
  }

  async function tidemark(every: typeof often) {
    const source = sailPointSource(upstream.baseUrl, { every: every.text });
    await using installation = await world.installation({ bench: source });
    const worker = installation.worker();
    await until(() => isLoaded(installation.store));
    const observed = await observe(worker);
    await worker.stop();
    return observed;
  }

  async function plain(every: typeof often) {
    await upstream.control.clearRequests();
    await using script = await world.plainScript(upstream.baseUrl, { everyMs: every.ms });
    // A token, one page, and the empty one behind it.
    await until(async () => (await upstream.control.requests()).length >= 3);
    return await observe(script);
  }

  const [asleep, polling] = [await tidemark(hardlyEver), await tidemark(often)];
  const [plainAsleep, plainPolling] = [await plain(hardlyEver), await plain(often)];
  // Tidemark asks for what was modified and for what was created, the script only for the first.
  const pollMs = (polling.cpuMs - asleep.cpuMs) / (polling.requests / 2);
  const plainPollMs = (plainPolling.cpuMs - plainAsleep.cpuMs) / plainPolling.requests;
  return [
    figure("idle worker, 16 shards", asleep.cpuMs / (windowMs / 1_000), "ms CPU/s"),
    figure("idle poll", pollMs, "ms CPU", plainPollMs),
  ];
};
