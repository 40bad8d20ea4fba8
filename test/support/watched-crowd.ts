import { type WatchedUpstream, watchedSailPoint } from "./watched-upstreams.ts";

/** Several sources for each of a few SailPoint tenants: what one tenant changes, all of its sources see. */
export interface WatchedCrowd {
  readonly sources: readonly WatchedUpstream[];
  /** Changes per second of each tenant; 0 stops them. */
  churn(perSecond: number): Promise<void>;
}

/** The names spread the sources evenly enough over 16 shards. */
export async function watchedCrowd(wanted: {
  tenants: number;
  sourcesEach: number;
  /** Of each tenant. */
  accounts: number;
  seed: number;
}): Promise<WatchedCrowd> {
  const { tenants, sourcesEach, accounts, seed } = wanted;
  const watched = await Promise.all(
    Array.from({ length: tenants }, (_, tenant) =>
      watchedSailPoint({ accounts, seed: seed + tenant, source: `tenant-${tenant}` }),
    ),
  );
  return {
    sources: watched.flatMap((tenant) =>
      Array.from({ length: sourcesEach }, (_, number) => ({
        ...tenant,
        source: `${tenant.source}-${number}`,
        config: { ...tenant.config, every: "2s", sweepEvery: "1h" },
      })),
    ),
    async churn(perSecond) {
      for (const { control } of watched) await control.churn(perSecond);
    },
  };
}
