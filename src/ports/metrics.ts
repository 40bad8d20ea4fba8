import type { Op } from "../core/change.ts";
import type { Freshness } from "../core/freshness.ts";

/** What becomes of an observation: every one ends as exactly one of these (P8). */
export type ObservationOutcome = "event" | "unchanged" | "held" | "quarantined";

/** Counters and gauges. Implementations never throw. */
export interface Metrics {
  /** One finished pass; `outcome` is `changed`, `unchanged`, `failed`, `halted`, `incomplete` or `not-offered`. */
  pass(kind: "poll" | "sweep" | "look-back", source: string, outcome: PassOutcome): void;
  page(source: string): void;
  observations(source: string, outcome: ObservationOutcome, count: number): void;
  events(source: string, op: Op, count: number): void;
  /** One answered (or failed: `statusClass` "error") request to an upstream. */
  upstreamRequest(source: string, statusClass: string, seconds: number): void;
  throttled(source: string, seconds: number): void;
  /** One member path, or type at it, that the source's documents never had. */
  schemaDrift(source: string): void;
  /** One committed Kafka transaction. */
  published(seconds: number): void;
  /** One event that its topic does not take, published as a pointer. */
  oversize(source: string): void;
  /** One pass that showed no sign of life, and was ended. */
  watchdogEnded(source: string): void;
  /** Replaces the gauges that are read off the running parts at scrape time. */
  observe(read: () => Gauges): void;
}

/** How a pass ended. */
export type PassOutcome = "changed" | "unchanged" | "failed" | "halted" | "incomplete" | "not-offered";

/** A momentary reading of what this process owns. */
export interface Gauges {
  shardsOwned: number;
  /** Of the installation: all of them are owned by somebody while every worker is well. */
  shardCount: number;
  sources: {
    name: string;
    /** How it is, in one word. */
    freshness: Freshness;
    cursorAgeSeconds: number | null;
    /** Until its windows open, 0 while they are open; null: it has none. */
    opensInSeconds: number | null;
    lastSuccessAgeSeconds: number | null;
    lastChangeAgeSeconds: number | null;
    /** Changes that wait for a person. */
    waiting: number;
    /** Items in quarantine. */
    quarantined: number;
  }[];
  /** Of groups that the configuration names. */
  circuits: { group: string; isOpen: boolean }[];
  shards: { shard: number; journalDepth: number; journalAgeSeconds: number }[];
}
