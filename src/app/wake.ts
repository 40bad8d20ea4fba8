import { followSignal } from "../core/follow-signal.ts";
import type { Clock } from "../ports/clock.ts";

/** Wakes a waiting loop; a notification that comes while nobody waits is kept for the next wait. */
export interface Wake {
  notify(): void;
  /** Resolves at a notification, after `ms`, or when the signal is aborted. @returns whether it was notified. */
  wait(ms: number, signal: AbortSignal): Promise<boolean>;
}

export function createWake(clock: Clock): Wake {
  let notified = false;
  let waiting: AbortController | null = null;
  return {
    notify() {
      notified = true;
      waiting?.abort("notified");
    },
    async wait(ms, signal) {
      if (!notified) {
        waiting = new AbortController();
        const unfollow = followSignal(waiting, signal);
        await clock.sleep(ms, waiting.signal);
        unfollow();
        waiting = null;
      }
      const wasNotified = notified;
      notified = false;
      return wasNotified;
    },
  };
}
