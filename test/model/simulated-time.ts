import { syncBuiltinESMExports } from "node:module";
import timers from "node:timers/promises";
import type { Simulation } from "./simulation.ts";

/**
 * Puts the simulation's time and choices in the place of the process' own, for code that uses them without being given a clock:
 * src/kafka sleeps and kafkajs retries by timers, and kafkajs draws its pauses from `Math.random`.
 *
 * @returns a function that puts the real ones back.
 */
export function simulateTime(simulation: Simulation): () => void {
  const real = {
    setTimeout: globalThis.setTimeout,
    clearTimeout: globalThis.clearTimeout,
    sleep: timers.setTimeout,
    random: Math.random,
  };

  const start = (effect: () => void, delayMs = 0) => simulation.after(delayMs, simulation.running(), effect);
  const sleep = <T>(delayMs?: number, value?: T, options: { signal?: AbortSignal } = {}): Promise<T> =>
    new Promise((resolve, reject) => {
      const cancel = start(() => resolve(value as T), delayMs);
      options.signal?.addEventListener("abort", () => {
        cancel();
        reject(new Error("the sleep is aborted"));
      });
    });
  const patch = (changes: {
    setTimeout: unknown;
    clearTimeout: unknown;
    sleep: unknown;
    random: () => number;
  }) => {
    Object.assign(globalThis, { setTimeout: changes.setTimeout, clearTimeout: changes.clearTimeout });
    Object.assign(timers, { setTimeout: changes.sleep });
    Math.random = changes.random;
    syncBuiltinESMExports();
  };

  patch({
    setTimeout: start,
    clearTimeout: (cancel: (() => void) | null | undefined) => cancel?.(),
    sleep,
    random: () => simulation.choices.fraction(),
  });
  Object.defineProperty(performance, "now", { configurable: true, value: () => simulation.nowMs() });
  return () => {
    patch(real);
    Reflect.deleteProperty(performance, "now");
  };
}
