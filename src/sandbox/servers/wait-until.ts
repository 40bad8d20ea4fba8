import { setTimeout as pause } from "node:timers/promises";

/**
 * Asks `condition` every 50 ms; resolves to whether it came true.
 *
 * @param timeoutMs   After this it is given up.
 * @param isHopeful   As soon as this is false it is given up too.
 */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  timeoutMs: number,
  isHopeful: () => boolean = () => true,
): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (isHopeful()) {
    if (await condition()) return true;
    if (performance.now() > deadline) return false;
    await pause(50);
  }
  return false;
}
