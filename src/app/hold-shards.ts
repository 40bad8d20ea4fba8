import { ConfigError, RetryableError } from "../core/errors.ts";
import { leaseTiming } from "../core/lease.ts";
import { type OwnedShard, ownedShard } from "./owned-shard.ts";
import type { WorkerPorts } from "./worker-ports.ts";

/** A worker that was killed holds its shards for the rest of its lease. */
const patienceMs = leaseTiming.ttlMs + 5_000;

/**
 * Takes these shards as a worker would, under a term of their own, keeps them while `work` goes on, and gives them up.
 * @throws ConfigError when a worker holds one of them for longer than a dead one could.
 */
export async function holdShards<T>(
  wanted: readonly number[],
  workerId: string,
  ports: Pick<WorkerPorts, "store" | "clock" | "log">,
  work: (shards: readonly OwnedShard[]) => Promise<T>,
): Promise<T> {
  const { store, clock, log } = ports;
  const shards: OwnedShard[] = [];
  const over = new AbortController();
  const leases = () => shards.map(({ shard, term }) => ({ shard, term }));

  const renew = async () => {
    const askedAtMs = clock.monotonicMs();
    const renewed = await store.renewShards({ workerId, leases: leases(), ttlMs: leaseTiming.ttlMs });
    for (const shard of shards) {
      if (renewed.includes(shard.shard)) shard.confirm(askedAtMs);
      else shard.lose();
    }
  };
  const keep = async () => {
    while (!over.signal.aborted) {
      await clock.sleep(leaseTiming.renewEveryMs, over.signal);
      if (over.signal.aborted) return;
      try {
        await renew();
      } catch (error) {
        if (!(error instanceof RetryableError)) throw error;
        log.warn("repair.renew-failed", { code: error.code, cause: error });
      }
      for (const shard of shards) if (!shard.mayCommit()) shard.lose();
    }
  };

  const keeping = keep();
  // Whatever ends it takes the leases away in time; it is reported below.
  keeping.catch(() => {
    for (const shard of shards) shard.lose();
  });
  try {
    for (const shard of wanted) shards.push(await takeShard(shard, workerId, ports));
    return await work(shards);
  } finally {
    over.abort();
    await keeping;
    await store.releaseShards({ workerId, leases: leases() });
  }
}

async function takeShard(
  shard: number,
  workerId: string,
  { store, clock }: Pick<WorkerPorts, "store" | "clock">,
): Promise<OwnedShard> {
  const startedAtMs = clock.monotonicMs();
  for (;;) {
    const askedAtMs = clock.monotonicMs();
    const lease = await store.takeShard({ shard, workerId, ttlMs: leaseTiming.ttlMs });
    if (lease !== null) return ownedShard(lease, clock, leaseTiming, askedAtMs);
    if (clock.monotonicMs() - startedAtMs >= patienceMs) break;
    await clock.sleep(leaseTiming.seekEveryMs);
  }
  const owner = (await store.overview()).shards.find((row) => row.shard === shard)?.owner ?? "a worker";
  throw new ConfigError("TIDEMARK_USAGE", [
    `shard ${shard} is owned by ${owner}: stop the workers first. (tidemark status)`,
  ]);
}
