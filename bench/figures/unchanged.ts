import { type Measurement, figure, median } from "../figure.ts";
import { sailPointSource, until } from "../world.ts";

/** A sweep of all accounts when nothing has changed, and what it writes. */
export const unchanged: Measurement = async (world, { accounts, rounds }) => {
  await using upstream = await world.upstream(accounts);
  await using installation = await world.installation({ bench: sailPointSource(upstream.baseUrl) });
  const { store } = installation;
  const worker = installation.worker();
  const source = async () => (await store.overview()).sources[0];
  await until(async () => (await source())?.isLoaded === true);

  const seconds: number[] = [];
  const cpuMs: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await upstream.control.clearRequests();
    await store.askIntent({ source: "bench", verb: "sweep", actor: "bench" });
    const startedAtMs = await upstream.firstRequestAt();
    const cpuBefore = worker.cpuMs();
    await until(async () => {
      const age = (await source())?.lastSweepAgeMs ?? Number.POSITIVE_INFINITY;
      return Date.now() - age >= startedAtMs;
    });
    seconds.push((Date.now() - startedAtMs) / 1_000);
    cpuMs.push(worker.cpuMs() - cpuBefore);
  }
  await worker.stop();
  return [
    figure("sweep without changes", accounts / median(seconds), "accounts/s"),
    figure("sweep without changes, CPU", (median(cpuMs) * 1_000) / accounts, "µs/account"),
    figure("sweep without changes, peak memory", worker.peakBytes() / 1e6, "MB"),
  ];
};
