import type { Source } from "./source-store.ts";

/** What `status` shows. */
export interface Overview {
  workers: { id: string; host: string; version: string; seenAgeMs: number; shards: number }[];
  shards: {
    shard: number;
    owner: string | null;
    term: string;
    lastSeq: string;
    publishedSeq: string;
    oldestAgeMs: number | null;
  }[];
  sources: {
    name: string;
    connector: string;
    shard: number;
    topic: string;
    state: Source["state"];
    haltedCode: string | null;
    haltedReason: string | null;
    population: number;
    failures: number;
    lastError: string | null;
    /** Since the last poll that ended well, and the last complete sweep. */
    lastPollAgeMs: number | null;
    lastSweepAgeMs: number | null;
    lastChangeAgeMs: number | null;
    pollDueInMs: number;
    isLoaded: boolean;
    sweeping: boolean;
  }[];
}
