import { setTimeout as delay } from "node:timers/promises";

/** Asks again and again until it is so. */
export async function until(condition: () => Promise<boolean> | boolean, everyMs = 10): Promise<void> {
  while (!(await condition())) await delay(everyMs);
}
