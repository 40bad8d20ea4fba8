import { RetryableError } from "../../src/core/errors.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type { Store } from "../../src/ports/store.ts";
import { runShortLeaseWorker } from "../support/short-lease-worker.ts";

/**
 * A worker that believes for ever that it is alone and owns every shard it ever got, whatever the database says; and that never rests,
 * so that it is in its successor's way as often as it can. What it does for such a shard is stopped by the term and by Kafka's fencing alone.
 */
function deludedStore(store: Store): Store {
  return {
    ...store,
    async announceWorker(worker) {
      const answer = await store.announceWorker(worker);
      await store.retireWorker(worker.id); // nobody is to leave it a share
      return { ...answer, rank: 0, workers: 1 };
    },
    renewShards: async ({ leases }) => leases.map(({ shard }) => shard),
    async commit(step) {
      const outcome = await store.commit(step);
      return outcome.kind === "term-lost" ? { kind: "stale" } : outcome;
    },
    async openSweep(start) {
      const sweep = await store.openSweep(start);
      if (sweep === null) throw new RetryableError("TIDEMARK_DATABASE_UNAVAILABLE", "it does not believe it");
      return sweep;
    },
    async failPass(failed) {
      await store.failPass(failed);
      return true;
    },
    async recordPublished(published) {
      await store.recordPublished(published);
      return true;
    },
  };
}

const restMs = 50;

function restlessClock(clock: Clock): Clock {
  return { ...clock, sleep: (ms, signal) => clock.sleep(Math.min(ms, restMs), signal) };
}

await runShortLeaseWorker({
  ports: (ports) => ({ ...ports, store: deludedStore(ports.store), clock: restlessClock(ports.clock) }),
});
