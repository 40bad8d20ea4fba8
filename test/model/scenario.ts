import type { LeaseTiming } from "../../src/core/lease.ts";
import type { SourceConfig } from "../../src/ports/store.ts";
import { sourceConfig } from "../support/lane-harness.ts";
import type { Choices } from "./choices.ts";
import type { Conditions } from "./link.ts";
import type { KafkaTraits } from "./simulated-kafka.ts";
import type { UpstreamTraits } from "./simulated-upstream.ts";

/** What one seed plays. */
export interface Scenario {
  workers: number;
  shardCount: number;
  partitions: number;
  timing: LeaseTiming;
  kafka: KafkaTraits;
  sources: { config: SourceConfig; traits: UpstreamTraits }[];
  conditions: { kafka: Conditions; postgres: Conditions; upstream: Conditions };
  /** How long things go wrong. */
  chaosMs: number;
  /** Pause between two changes upstream, on the average. */
  changeEveryMs: number;
  /** Pause between two greater troubles, on the average. */
  troubleEveryMs: number;
  /** What makes the stores contradict each other, if anything: the database goes back in time, or Kafka forgets a position. */
  contradiction: "none" | "restore" | "delete group";
}

export const prefix = "model";

export const topics: readonly [{ topic: string; compacted: boolean }, { topic: string; compacted: boolean }] =
  [
    { topic: "accounts", compacted: false },
    { topic: "compacted", compacted: true },
  ];

export function scenarioOf(choices: Choices): Scenario {
  const shardCount = 1 + choices.below(3);
  const partitions = 1 + choices.below(3);
  const ttlMs = choices.between(1_500, 4_000);
  const accidentRate = choices.oneOf([0, 0.002, 0.006, 0.015]);
  const conditions = (): Conditions => ({
    faultRate: choices.oneOf([0, 0, 0.01, 0.03, 0.08]),
    accidentRate,
    longestPauseMs: choices.oneOf([100, 3 * ttlMs]),
    latencyMs: choices.oneOf([1, 3, 15]),
    timeoutMs: 800,
    latestMs: choices.oneOf([30, 1_000, 4_000]),
    isAway: false,
  });
  return {
    workers: 1 + choices.below(3),
    shardCount,
    partitions,
    timing: {
      ttlMs,
      renewEveryMs: ttlMs / 3,
      stopAfterMs: 0.8 * ttlMs,
      seekEveryMs: choices.between(200, 500),
    },
    kafka: {
      markerDelayMs: choices.oneOf([0, 5, 20, 200]),
      offsetLagMs: choices.oneOf([0, 0, 30, 400, 1_500]),
      longestTransactionMs: choices.oneOf([2_000, 10_000]),
      verifiesPartitions: choices.chance(0.5),
      refusalRate: choices.oneOf([0, 0, 0.02, 0.05]),
    },
    sources: Array.from({ length: 1 + choices.below(3) }, (_, index) => ({
      config: sourceConfig({
        name: `s${index}`,
        connector: "simulated",
        ...choices.oneOf(topics),
        everyMs: choices.between(200, 1_200),
        sweepEveryMs: choices.between(1_500, 4_000),
        lookBack: index === 1 ? { everyMs: 1_700, windowMs: 1_000 } : null,
        deleteLimit: choices.oneOf([null, null, 0, 2]),
        shard: choices.below(shardCount),
      }),
      traits: {
        deletes: choices.oneOf(["tombstones", "by-absence"]),
        sweepsIds: choices.chance(0.3),
        pageSize: choices.oneOf([1, 3, 5, 100]),
        tickMs: choices.oneOf([1, 50, 1_000]),
        incompleteRate: choices.oneOf([0, 0.05]),
      },
    })),
    conditions: {
      // Publishing takes few calls, each at a delicate moment.
      kafka: { ...conditions(), accidentRate: 3 * accidentRate },
      postgres: conditions(),
      upstream: { ...conditions(), latencyMs: choices.oneOf([1, 20, 400]) },
    },
    chaosMs: choices.between(4_000, 10_000),
    changeEveryMs: choices.between(40, 400),
    troubleEveryMs: choices.oneOf([800, 2_500, Number.POSITIVE_INFINITY]),
    contradiction: choices.oneOf(["none", "none", "none", "none", "restore", "delete group"]),
  };
}
