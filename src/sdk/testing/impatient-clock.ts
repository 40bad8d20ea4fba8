import type { Clock } from "../../ports/clock.ts";

/** A clock that runs by itself and jumps over every sleep; `slept` keeps what was asked for, in milliseconds. */
export function impatientClock(): Clock & { slept: number[] } {
  const slept: number[] = [];
  let skippedMs = 0;
  const monotonicMs = () => performance.now() + skippedMs;
  return {
    slept,
    now: () => Date.now() + skippedMs,
    monotonicMs,
    async sleep(ms) {
      slept.push(ms);
      const untilMs = monotonicMs() + ms;
      await new Promise((resolve) => setTimeout(resolve, Math.min(ms, 2)));
      skippedMs = Math.max(skippedMs, untilMs - performance.now());
    },
  };
}
