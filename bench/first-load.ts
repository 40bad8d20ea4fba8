import { median } from "./figure.ts";
import type { MeasuredProcess } from "./measured-process.ts";
import type { Tenants } from "./tenants.ts";
import { until } from "./until.ts";
import { type World, published, sailPointSource } from "./world.ts";

/** What a first load of all accounts took. */
export interface Load {
  perSecond: number;
  cpuMicros: number;
  peakMb: number;
}

/** How Tidemark's accounts are laid out; each source is a tenant of its own. */
export interface Layout {
  /** As many accounts each. */
  sources: readonly { name: string; accounts: number }[];
  shards: number;
}

export const oneSource = (accounts: number): Layout => ({
  sources: [{ name: "bench", accounts }],
  shards: 16,
});

export async function plainLoad(world: World, tenants: Tenants, accounts: number): Promise<Load> {
  await tenants.forget();
  await using script = await world.plainScript(tenants.baseUrl("plain", accounts));
  return await timed(script, tenants, accounts, () => script.hasEnded());
}

export async function tidemarkLoad(world: World, tenants: Tenants, layout: Layout): Promise<Load> {
  const accounts = layout.sources.reduce((sum, source) => sum + source.accounts, 0);
  await using installation = await world.installation(sourcesOf(layout, tenants), layout);
  await tenants.forget();
  const worker = installation.worker();
  const isOver = async () => (await published(installation.store)) >= accounts;
  const load = await timed(worker, tenants, accounts, isOver);
  await worker.stop();
  return load;
}

/** The configuration of a layout. */
export function sourcesOf({ sources }: Layout, tenants: Tenants, changes: object = {}): object {
  return Object.fromEntries(
    sources.map(({ name, accounts }) => [name, sailPointSource(tenants.baseUrl(name, accounts), changes)]),
  );
}

export function medianLoad(loads: readonly Load[]): Load {
  return {
    perSecond: median(loads.map(({ perSecond }) => perSecond)),
    cpuMicros: median(loads.map(({ cpuMicros }) => cpuMicros)),
    peakMb: median(loads.map(({ peakMb }) => peakMb)),
  };
}

/** From the first request for accounts until everything is in Kafka. */
async function timed(
  measured: MeasuredProcess,
  tenants: Tenants,
  accounts: number,
  isOver: () => boolean | Promise<boolean>,
): Promise<Load> {
  const [startedAtMs] = await tenants.firstAskedAt();
  const cpuBeforeMs = measured.cpuMs();
  // Asking more often would take from the machine what is measured.
  await until(isOver, 50);
  const seconds = (Date.now() - startedAtMs) / 1_000;
  return {
    perSecond: accounts / seconds,
    cpuMicros: ((measured.cpuMs() - cpuBeforeMs) * 1_000) / accounts,
    peakMb: measured.peakBytes() / 1e6,
  };
}
