import type { Source } from "./source-store.ts";

/** What `status` shows. */
export interface Overview {
  workers: { id: string; host: string; version: string; seenAgeMs: number; shards: number }[];
  shards: {
    shard: number;
    /** null while nobody holds its lease. */
    owner: string | null;
    term: string;
    lastSeq: string;
    publishedSeq: string;
    oldestAgeMs: number | null;
    /** The first event that the journal still has, and when it was journalled; null when there is none. */
    earliest: { seq: string; at: string } | null;
  }[];
  sources: {
    name: string;
    connector: string;
    group: string | null;
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
    /** Of the last failure: its code, and a text that begins with it; null when a pass has ended well since. */
    lastErrorCode: string | null;
    lastError: string | null;
    /** Since the last poll that ended well, and the last complete sweep. */
    lastPollAgeMs: number | null;
    lastSweepAgeMs: number | null;
    lastChangeAgeMs: number | null;
    /** Since the cursor last moved. */
    cursorAgeMs: number | null;
    /** Since a pass last got on: it committed, or ended well. */
    advancedAgeMs: number | null;
    /** Between two polls; null: it is never polled, every pass is a sweep. */
    everyMs: number | null;
    sweepEveryMs: number;
    /** null: it is never polled. */
    pollDueInMs: number | null;
    sweepDueInMs: number;
    /** When passes may start; null: at any time. */
    windows: Source["windows"];
    isLoaded: boolean;
    sweeping: boolean;
    /** Why the upstream offered no sweep when it was last tried; null when it did, or was not tried yet. */
    sweepNotOffered: string | null;
  }[];
}
