import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { RetryableError } from "../core/errors.ts";
import type { WatchScreen } from "./watch-screen.ts";

const everyMs = 2_000;

/**
 * Shows again and again what is read, until the signal is aborted. While the database is away it says so, and goes on when it is back.
 * @throws whatever reading throws that trying again does not cure
 */
export async function watchStatus(
  read: () => Promise<string>,
  screen: WatchScreen,
  signal: AbortSignal,
): Promise<void> {
  const stopped = signal.aborted ? Promise.resolve() : once(signal, "abort");
  let answeredAtMs: number | null = null;
  while (!signal.aborted) {
    try {
      // Who asks for the end does not wait for a database that is away.
      const text = await Promise.race([read(), stopped.then(() => null)]);
      if (text === null) return;
      screen.show(text);
      answeredAtMs = performance.now();
    } catch (error) {
      if (!(error instanceof RetryableError)) throw error;
      screen.away(answeredAtMs === null ? null : performance.now() - answeredAtMs);
    }
    await delay(everyMs, undefined, { signal }).catch(() => undefined);
  }
}
