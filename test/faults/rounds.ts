import { randomInt } from "node:crypto";
import { type TestContext, describe, expect, inject, test } from "vitest";
import { type Random, seededRandom } from "../../src/sandbox/upstreams/random.ts";
import { BrokenContract } from "../support/broken-contract.ts";
import { type FaultOrder, type Size, sizes } from "./read-order.ts";

/** What a round has come to, for the table of results. */
export interface RoundResult {
  seed: number;
  /** How often something was broken, for certain. */
  struck: number;
  /** In the journal, each proven to be in Kafka exactly once. */
  events: number;
  /** Broken invariants; a round that fails for any other reason counts as one. */
  violations: number;
  tookMs: number;
}

declare module "vitest" {
  interface ProvidedContext {
    faults?: FaultOrder;
  }
  interface TaskMeta {
    round?: RoundResult;
  }
}

/** One play of a scenario; everything random in it comes from its seed. */
export interface Round {
  readonly seed: number;
  readonly random: Random;
  readonly size: Size;
  /** Ends a round that cannot be played on this machine; the closing line tells the reason. */
  readonly skip: (reason: string) => never;
}

type Play = (round: Round) => Promise<Pick<RoundResult, "struck" | "events">>;

/** Far beyond any round: every wait within one has an end of its own. */
const timeout = 30 * 60_000;

const order: FaultOrder = inject("faults") ?? { size: "ci" };
const firstSeed = order.seed ?? Number(process.env["TIDEMARK_TEST_SEED"] ?? randomInt(2 ** 31));

/**
 * Declares a scenario: `play` breaks something while the feed works, proves the feed, and tells how often it struck and how many events
 * were proven. Each round is a test of its own, so that `onTestFinished` cleans up after each.
 *
 * @param rounds.ci How many rounds the size `ci` plays; larger sizes play multiples of it. Below 1, `ci` plays none.
 */
export function scenario(name: string, { ci }: { ci: number }, play: Play): void {
  const rounds = order.rounds ?? Math.floor(ci * sizes[order.size]);
  if (rounds === 0) return;
  describe.for([name])("%s", () => {
    test.for(Array.from({ length: rounds }, (_, index) => index + 1))(
      "round %d",
      { timeout },
      async (number, context) => {
        const { struck } = await playRound(name, firstSeed + number - 1, context, play);
        expect(struck, "faults that struck").toBeGreaterThan(0);
      },
    );
  });
}

async function playRound(
  scenario: string,
  seed: number,
  { task, skip }: TestContext,
  play: Play,
): Promise<RoundResult> {
  const startedAtMs = performance.now();
  const result: RoundResult = { seed, struck: 0, events: 0, violations: 0, tookMs: 0 };
  let isSkipped = false;
  const skipRound = (reason: string): never => {
    isSkipped = true;
    return skip(reason);
  };
  try {
    Object.assign(
      result,
      await play({ seed, random: seededRandom(seed), size: order.size, skip: skipRound }),
    );
  } catch (error) {
    result.violations = error instanceof BrokenContract ? error.violations.length : 1;
    if (!isSkipped)
      console.log(`play it again: npm run test:faults -- --only "${scenario}" --rounds 1 --seed ${seed}`);
    throw error;
  } finally {
    result.tookMs = Math.round(performance.now() - startedAtMs);
    if (!isSkipped) task.meta.round = result;
  }
  const { struck, events, tookMs } = result;
  const seconds = (tookMs / 1_000).toFixed(1);
  console.log(`${scenario}: seed ${seed}, struck ${struck} times, ${events} events, ${seconds} s`);
  return result;
}
