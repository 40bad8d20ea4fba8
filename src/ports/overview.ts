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
    /** Changes that wait for a person. */
    waiting: number;
    /** Items in quarantine. */
    quarantined: number;
    failures: number;
    lastError: string | null;
    /** Since the last poll that ended well, and the last complete sweep. */
    lastPollAgeMs: number | null;
    lastSweepAgeMs: number | null;
    lastChangeAgeMs: number | null;
    /** null: it is never polled, every pass is a sweep. */
    pollDueInMs: number | null;
    /** When passes may start; null: at any time. */
    windows: Source["windows"];
    isLoaded: boolean;
    sweeping: boolean;
    /** Why the upstream offered no sweep when it was last tried; null when it did, or was not tried yet. */
    sweepNotOffered: string | null;
  }[];
}
