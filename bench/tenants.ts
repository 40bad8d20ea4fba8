import { join } from "node:path";
import { fetch } from "undici";
import type { WatchedUpstream } from "./loaded-source.ts";
import { measuredProcess } from "./measured-process.ts";
import { until } from "./until.ts";
import { sailPointSource } from "./world.ts";

/** Unchanging SailPoint tenants of any size, in a process of their own. */
export interface Tenants extends AsyncDisposable {
  /** Root of the API of a tenant with so many accounts. */
  baseUrl(name: string, accounts: number): string;
  /** Forgets who asked when. */
  forget(): Promise<void>;
  /** When each of the first `count` tenants was first asked for accounts, in milliseconds since 1970, ascending. */
  firstAskedAt(count?: number): Promise<[number, ...number[]]>;
}

/** One of them, as a source that reads it sees it. */
export function watchedTenant(tenants: Tenants, accounts: number): WatchedUpstream {
  return {
    source: sailPointSource(tenants.baseUrl("bench", accounts)),
    forget: tenants.forget,
    firstAskedAt: async () => (await tenants.firstAskedAt())[0],
  };
}

export async function startTenants(): Promise<Tenants> {
  const server = measuredProcess([join(import.meta.dirname, "tenants-server.ts")]);
  const address = `http://127.0.0.1:${String(await server.firstMessage())}`;
  return {
    baseUrl: (name, accounts) => `${address}/${name}/${accounts}/v3`,
    async forget() {
      await fetch(`${address}/first-asked`, { method: "DELETE" });
    },
    async firstAskedAt(count = 1) {
      let times: number[] = [];
      await until(async () => {
        const response = await fetch(`${address}/first-asked`);
        times = Object.values((await response.json()) as Record<string, number>);
        return times.length >= count;
      });
      return times.sort((a, b) => a - b) as [number, ...number[]];
    },
    [Symbol.asyncDispose]: server.stop,
  };
}
