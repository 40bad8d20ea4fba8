/** One granted lease. */
export interface Lease {
  shard: number;
  /** The fencing token: grows with every grant and with the database's clock, so that no grant ever gets one that was given before. */
  term: string;
}

export interface LeaseStore {
  /**
   * Heartbeat. @returns this worker's rank among the living (by id, from 0), how many live, and a revision that changes with every change of
   * configuration and every intent.
   */
  announceWorker(worker: {
    id: string;
    host: string;
    version: string;
    ttlMs: number;
  }): Promise<{ rank: number; workers: number; configRevision: string }>;
  retireWorker(id: string): Promise<void>;
  /** Takes up to `limit` shards that are free or whose lease has run out, by the database's clock; each with a new term. */
  acquireShards(wanted: { workerId: string; limit: number; ttlMs: number }): Promise<Lease[]>;
  /** Renews what is still held under these terms. @returns the shards that were renewed; any other is lost. */
  renewShards(held: { workerId: string; leases: readonly Lease[]; ttlMs: number }): Promise<number[]>;
  /** Gives shards up at once, under their terms. */
  releaseShards(held: { workerId: string; leases: readonly Lease[] }): Promise<void>;
}
