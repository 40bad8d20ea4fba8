import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "./ports/clock.ts";

/** The machine's clock. */
export function systemClock(): Clock {
  return {
    now: () => Date.now(),
    monotonicMs: () => performance.now(),
    async sleep(ms, signal) {
      // An aborted sleep is an end like any other, not an error.
      await delay(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
    },
  };
}
