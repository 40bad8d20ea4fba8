import type { ContractRule } from "./contract-rule.ts";
import { impatientClock } from "./impatient-clock.ts";
import type { TestClock } from "./test-context.ts";
import type { ReadPass, Trial } from "./trial.ts";
import { expectThat, told } from "./unmet.ts";

const stopWithinMs = 1_000;

/** What happens when a pass must stop: it does, at once, whatever it is waiting for. */
export const stoppingRules: readonly ContractRule[] = [
  {
    name: "told to stop while it waits for an answer, a poll stops within 1 s",
    run: (trial) => stopDuring(trial, (signal) => trial.read(null, { signal })),
  },
  {
    name: "told to stop while it waits for an answer, a sweep stops within 1 s and proves nothing",
    run: (trial) => stopDuring(trial, (signal) => trial.sweep(null, { signal })),
  },
  {
    name: "told to stop while it waits for a throttle, a pass stops within 1 s",
    async run(trial) {
      trial.proxy.strike({ kind: "throttled", retryAfterSeconds: 20 });
      const { clock, asleep } = sleepingClock();
      await trial.inAnotherProcess(async (other) => {
        const stop = new AbortController();
        const pass = other.read(null, { signal: stop.signal });
        await Promise.race([asleep, pass]);
        await expectStop(stop, pass);
      }, clock);
    },
  },
  {
    name: "told to stop between two pages, a pass does not go on",
    async run(trial) {
      const stop = new AbortController();
      const { pages, error } = await trial.read(null, {
        signal: stop.signal,
        beforeNext: async () => stop.abort(new Error("told to stop")),
      });
      expectThat(error !== null, "the pass to end with the signal's reason", told(error));
      // What was read already may still come.
      expectThat(pages.length <= 2, "no further page", `there were ${pages.length - 1}`);
    },
  },
];

async function stopDuring(trial: Trial, start: (signal: AbortSignal) => Promise<ReadPass>): Promise<void> {
  trial.proxy.strike({ kind: "silent" });
  const stop = new AbortController();
  const pass = start(stop.signal);
  await Promise.race([trial.proxy.untilStruck(), pass]);
  await expectStop(stop, pass);
}

async function expectStop(stop: AbortController, pass: Promise<ReadPass>): Promise<void> {
  const reason = new Error("told to stop");
  const stoppedAtMs = performance.now();
  stop.abort(reason);
  const { error, isComplete } = await pass;
  const tookMs = Math.round(performance.now() - stoppedAtMs);
  expectThat(error === reason, "the pass to end with the signal's reason", told(error));
  expectThat(!isComplete, "no complete()", "it was returned");
  expectThat(tookMs < stopWithinMs, `the pass to stop within ${stopWithinMs} ms`, `it took ${tookMs} ms`);
}

/** A clock that jumps over short sleeps, and wakes from long ones only when it is told to stop. */
function sleepingClock(): { clock: TestClock; asleep: Promise<void> } {
  const clock = impatientClock();
  const { promise: asleep, resolve: fallAsleep } = Promise.withResolvers<void>();
  return {
    asleep,
    clock: {
      ...clock,
      async sleep(ms, signal) {
        if (ms < 10_000) return clock.sleep(ms, signal);
        fallAsleep();
        await new Promise((resolve) => signal?.addEventListener("abort", resolve, { once: true }));
      },
    },
  };
}
