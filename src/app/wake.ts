import type { Clock } from "../ports/clock.ts";

/** Wakes a waiting loop; a notification that comes while nobody waits is kept for the next wait. */
export interface Wake {
  notify(): void;
  /** Resolves at a notification, after `ms`, or when the signal is aborted. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export function createWake(clock: Clock): Wake {
  let notified = false;
  let waiting: AbortController | null = null;
  return {
    notify() {
      notified = true;
      waiting?.abort();
    },
    async wait(ms, signal) {
      if (!notified) {
        waiting = new AbortController();
        await clock.sleep(ms, AbortSignal.any([signal, waiting.signal]));
        waiting = null;
      }
      notified = false;
    },
  };
}
