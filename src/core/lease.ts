/** How long a lease lasts unless it is renewed, how often it is renewed, and when its holder stops work on its own. */
export const leaseTiming = {
  ttlMs: 15_000,
  renewEveryMs: 5_000,
  /** Earlier than the ttl, because a paused process cannot renew and must not trust that nobody took over. */
  stopAfterMs: 12_000,
  /** How often a worker that has less than its share looks for free shards. */
  seekEveryMs: 250,
} as const;

/** The timing of leases, in milliseconds. */
export type LeaseTiming = { readonly [K in keyof typeof leaseTiming]: number };

/**
 * How often a worker says that it lives, and hears who else does. A multiple of this is what an idle worker costs, and one is what it takes
 * until a worker that came or went changes the shares of the others.
 */
export function announceEveryMs({ renewEveryMs }: LeaseTiming): number {
  return renewEveryMs / 5;
}

/** How many shards the worker of this rank (from 0) wants among so many workers: even within one. */
export function fairShare(shardCount: number, rank: number, workers: number): number {
  return Math.floor(shardCount / workers) + (rank < shardCount % workers ? 1 : 0);
}

/** True while a lease that was granted or renewed at `confirmedAtMs` (monotonic) may still be relied on. */
export function mayWork(confirmedAtMs: number, nowMs: number, timing: LeaseTiming = leaseTiming): boolean {
  return nowMs - confirmedAtMs < timing.stopAfterMs;
}
