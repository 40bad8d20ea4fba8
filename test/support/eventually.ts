import { setTimeout as pause } from "node:timers/promises";

/**
 * Asks again and again until the answer is something else than false.
 * @param what Should come true. @returns the answer. @throws Error when it does not come within `withinMs`.
 */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | false> | T | false,
  withinMs = 60_000,
): Promise<T> {
  const deadlineMs = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== false) return answer;
    if (performance.now() > deadlineMs) throw new Error(`not within ${withinMs / 1_000} s: ${what}`);
    await pause(50);
  }
}
