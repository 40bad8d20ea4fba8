import type { RepairStep } from "../core/repair.ts";
import type { Examination, Position } from "./examine-shard.ts";
import { recordPosition } from "./open-shard.ts";
import { type RepairedShard, planRepublication, republish, storePosition } from "./republish.ts";
import { findDivergence, restoreFromKafka } from "./restore-from-kafka.ts";

/** A shard to be repaired, and what was found about it. */
interface Found extends RepairedShard {
  found: Examination;
  volatileOf(connector: string): readonly string[];
}

/** What a step would do, in sentences, and the doing of it. */
interface PlannedStep {
  plan: string[];
  act(): Promise<void>;
}

/** Prepares a step; nothing is changed before `act`. @throws FatalError when it turns out to be impossible. */
export async function carryOut(
  step: Exclude<RepairStep, { do: "nothing" | "advise" }>,
  repaired: Found,
): Promise<PlannedStep> {
  const next = repaired.found.position?.next ?? 1n;
  if (step.do === "keep-position") {
    return {
      plan: [`the position is stored in Kafka again: its next event is ${next}`],
      act: () => keepPosition(repaired, repaired.found.position ?? { next: 1n, nonce: null }),
    };
  }
  if (step.do === "republish") {
    const plan = await planRepublication(repaired, step.from);
    const what = `of its events ${plan.from} to ${plan.to} the topics lack ${plan.missing}, which are published again`;
    return { plan: [what], act: () => republish(repaired, plan) };
  }
  const divergence = await findDivergence(repaired, next);
  const { agreed, last, unpublished } = divergence;
  return {
    plan: [
      `its ${last - agreed} events after ${agreed} come back from Kafka into the database`,
      `${unpublished} events that the database has instead were never published; what they say follows as new events`,
    ],
    act: async () => keepPosition(repaired, await restoreFromKafka(repaired, divergence)),
  };
}

async function keepPosition(repaired: Found, start: Position): Promise<void> {
  await storePosition(repaired, start);
  await recordPosition(repaired.shard, start, repaired.ports);
}
