import type { Mutate } from "./mutator.ts";
import { seededRandom } from "./random.ts";
import type { Truth } from "./truth.ts";

/** Changes that go on by themselves. */
export interface Churn {
  /** 0 stops it. */
  setRate(perSecond: number): void;
  stop(): void;
}

const TICK_MS = 50;

/** @param target The population that inserts and deletes hover around. */
export function steadyChurn(truth: Truth, mutate: Mutate, target: number): Churn {
  let timer: NodeJS.Timeout | undefined;

  function step(): void {
    const roll = seededRandom(truth.size, 0xc4).next();
    // Where there are too many, deletes and inserts swap shares: 25/60/15 becomes 15/60/25.
    const inserts = truth.population > target ? 0.15 : 0.25;
    if (roll < inserts || truth.population === 0) mutate({ insert: 1 });
    else if (roll < inserts + 0.6) mutate({ update: 1 });
    else mutate({ delete: 1 });
  }

  function stop(): void {
    clearInterval(timer);
    timer = undefined;
  }

  return {
    stop,
    setRate(perSecond) {
      stop();
      if (perSecond === 0) return;
      const startedAt = performance.now();
      let made = 0;
      timer = setInterval(() => {
        const due = Math.floor(((performance.now() - startedAt) / 1000) * perSecond);
        for (; made < due; made += 1) step();
      }, TICK_MS);
    },
  };
}
