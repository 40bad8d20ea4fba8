import type { Clock } from "../../src/ports/clock.ts";

/** A clock that moves only when told to; sleepers wake in the order of their times. */
export interface ManualClock extends Clock {
  advance(ms: number): Promise<void>;
  /** How many sleep at the moment. */
  sleepers(): number;
}

export function manualClock(startAt = "2026-03-01T00:00:00.000Z"): ManualClock {
  const startMs = Date.parse(startAt);
  let elapsedMs = 0;
  const sleeping = new Set<{ atMs: number; wake: () => void }>();

  return {
    now: () => startMs + elapsedMs,
    monotonicMs: () => elapsedMs,
    sleepers: () => sleeping.size,
    sleep(ms, signal) {
      return new Promise((resolve) => {
        if (signal?.aborted === true || ms <= 0) return resolve();
        const sleeper = { atMs: elapsedMs + ms, wake: () => {} };
        sleeper.wake = () => {
          sleeping.delete(sleeper);
          signal?.removeEventListener("abort", sleeper.wake);
          resolve();
        };
        sleeping.add(sleeper);
        signal?.addEventListener("abort", sleeper.wake);
      });
    },
    async advance(ms) {
      await settled();
      const untilMs = elapsedMs + ms;
      for (;;) {
        const next = [...sleeping].filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
        if (next === undefined) break;
        elapsedMs = next.atMs;
        next.wake();
        await settled();
      }
      elapsedMs = untilMs;
      await settled();
    },
  };
}

/** Lets everything that can go on without time go on. */
export async function settled(): Promise<void> {
  for (let round = 0; round < 5; round += 1) await new Promise((resolve) => setImmediate(resolve));
}
