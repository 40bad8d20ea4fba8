import { RetryableError } from "../core/errors.ts";
import { type LeaseTiming, announceEveryMs, fairShare } from "../core/lease.ts";
import type { Store } from "../ports/store.ts";
import { type OwnedShard, ownedShard } from "./owned-shard.ts";
import type { WorkerPorts } from "./worker-ports.ts";

/** Who this worker is. */
export interface WorkerIdentity {
  id: string;
  host: string;
  version: string;
}

interface OwnShardsOptions {
  worker: WorkerIdentity;
  shardCount: number;
  timing: LeaseTiming;
  /** Ends the loop: every shard is drained and released, and the worker retires. */
  signal: AbortSignal;
  /** Starts the work of a shard. @returns a function that stops it and resolves when it has come to rest. */
  start(shard: OwnedShard): () => Promise<void>;
  /** Told with every heartbeat. */
  onConfigRevision(revision: string): void;
}

/**
 * Keeps this worker's fair share of the shards until the signal is aborted: takes what is free, renews what it holds, releases
 * what is above its share, and drops at once what it can no longer rely on. Only the database's clock decides who owns what.
 */
export async function ownShards(options: OwnShardsOptions, ports: WorkerPorts): Promise<void> {
  const { worker, timing, signal } = options;
  const { store, clock, log } = ports;
  const held = new Map<number, { shard: OwnedShard; stop: () => Promise<void> }>();
  const leaving = new Set<Promise<void>>();
  let want = 0;
  let announcedAtMs = Number.NEGATIVE_INFINITY;
  let renewedAtMs = Number.NEGATIVE_INFINITY;

  const announce = async () => {
    const askedAtMs = clock.monotonicMs();
    const { rank, workers, configRevision } = await store.announceWorker({ ...worker, ttlMs: timing.ttlMs });
    want = fairShare(options.shardCount, rank, workers);
    options.onConfigRevision(configRevision);
    announcedAtMs = askedAtMs;
  };

  const take = async () => {
    const askedAtMs = clock.monotonicMs();
    const limit = want - held.size - leaving.size;
    for (const lease of await store.acquireShards({ workerId: worker.id, limit, ttlMs: timing.ttlMs })) {
      const shard = ownedShard(lease, clock, timing, askedAtMs);
      held.set(lease.shard, { shard, stop: options.start(shard) });
      log.info("shard.acquired", { shard: lease.shard, term: lease.term });
    }
  };

  /** Stops a shard's work; a lease that is still ours is released when it has come to rest. */
  const leave = (number: number, why: "lost" | "released") => {
    const entry = held.get(number);
    if (entry === undefined) return;
    held.delete(number);
    if (why === "lost") entry.shard.lose();
    else entry.shard.release();
    const left = (async () => {
      try {
        await entry.stop();
        if (why === "released") await release(store, worker.id, entry.shard);
        const unpublished = entry.shard.journal.depth();
        log.info(`shard.${why}`, { shard: number, term: entry.shard.term, unpublished });
      } catch (cause) {
        log.warn("shard.release-failed", { shard: number, cause });
      }
    })().finally(() => leaving.delete(left));
    leaving.add(left);
  };

  const renew = async () => {
    const askedAtMs = clock.monotonicMs();
    const leases = [...held.values()].map(({ shard }) => ({ shard: shard.shard, term: shard.term }));
    const renewed = new Set(await store.renewShards({ workerId: worker.id, leases, ttlMs: timing.ttlMs }));
    for (const [number, { shard }] of held) {
      if (renewed.has(number)) shard.confirm(askedAtMs);
      else leave(number, "lost");
    }
    renewedAtMs = askedAtMs;
  };

  const tick = async () => {
    if (held.size > 0 && clock.monotonicMs() - renewedAtMs >= timing.renewEveryMs) await renew();
    if (clock.monotonicMs() - announcedAtMs >= announceEveryMs(timing)) await announce();
    for (const number of [...held.keys()].sort((a, b) => b - a).slice(0, Math.max(0, held.size - want)))
      leave(number, "released");
    if (held.size + leaving.size < want) await take();
  };

  try {
    while (!signal.aborted) {
      try {
        await tick();
      } catch (error) {
        if (!(error instanceof RetryableError)) throw error;
        log.warn("shards.tick-failed", { code: error.code, cause: error });
      }
      for (const [number, { shard }] of held) if (!shard.mayCommit()) leave(number, "lost");
      await clock.sleep(timing.seekEveryMs, signal);
    }
  } finally {
    // First of all, so that the others' shares have grown by the time that these shards are free.
    const retired = store
      .retireWorker(worker.id)
      .catch((cause: unknown) => log.warn("worker.retire-failed", { cause }));
    for (const number of held.keys()) leave(number, "released");
    await Promise.all([retired, ...leaving]);
  }
}

async function release(store: Store, workerId: string, shard: OwnedShard): Promise<void> {
  await store.releaseShards({ workerId, leases: [{ shard: shard.shard, term: shard.term }] });
}
