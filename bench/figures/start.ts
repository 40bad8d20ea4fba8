import { sourcesOf } from "../first-load.ts";
import { type Measurement, figure, median } from "../figure.ts";
import { sourcesOverShards } from "../sources-over-shards.ts";
import { startTenants } from "../tenants.ts";
import { until } from "../until.ts";
import { isLoaded } from "../world.ts";

const shards = 16;

/** From the start of the process to the first request for accounts, on an installation with work in each of 16 shards. */
export const start: Measurement = async (world, { rounds }) => {
  await using tenants = await startTenants();
  const sources = sourcesOverShards(shards).map((name) => ({ name, accounts: 10 }));
  // Always due: what is measured is the worker, not its schedule.
  const config = sourcesOf({ sources, shards }, tenants, { every: "100ms" });
  await using installation = await world.installation(config, { shards });
  const first = installation.worker();
  await until(() => isLoaded(installation.store));
  await first.stop();

  const toFirst: number[] = [];
  const toLast: number[] = [];
  const plain: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await tenants.forget();
    const worker = installation.worker();
    const askedAtMs = await tenants.firstAskedAt(shards);
    await worker.stop();
    toFirst.push(Math.min(...askedAtMs) - worker.startedAtMs);
    toLast.push(Math.max(...askedAtMs) - worker.startedAtMs);

    await tenants.forget();
    await using script = await world.plainScript(tenants.baseUrl("plain", 10));
    plain.push((await tenants.firstAskedAt())[0] - script.startedAtMs);
  }
  return [
    figure("start to first poll, 16 shards", median(toFirst), "ms", median(plain)),
    figure("start to a poll in each of 16 shards", median(toLast), "ms"),
  ];
};
