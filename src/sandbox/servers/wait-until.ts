import { setTimeout as pause } from "node:timers/promises";

/** Asks `condition` every 50 ms until it is true or `timeoutMs` have passed; resolves to what it said last. */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  timeoutMs: number,
): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadline) return false;
    await pause(50);
  }
  return true;
}
