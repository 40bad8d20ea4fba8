import type { Clock } from "../ports/clock.ts";

/** How many requests may start within any window of this length. */
export interface Rate {
  requests: number;
  perMs: number;
}

/** A token bucket at one moment; `tokens` below zero are promised to those who wait. */
export interface Bucket {
  tokens: number;
  atMs: number;
}

/** The requests that the sources of one group may still make; shared by all their clients. */
export interface Budget {
  /**
   * Resolves when a request may start; those who wait are served in order.
   * @throws the signal's reason when it is aborted first: the turn goes back.
   */
  take(signal: AbortSignal): Promise<void>;
  /** The upstream asked for a pause of this length: nobody should start a request before it is over. */
  holdOff(ms: number): void;
  /** How much of the pause is left, in milliseconds. Ask after `take`: it may have begun while waiting. */
  heldForMs(): number;
}

/** A budget in memory. It starts empty, so that a takeover cannot spend what the last owner has just spent. */
export function budget(rate: Rate, clock: Clock): Budget {
  let bucket: Bucket = { tokens: 0, atMs: clock.monotonicMs() };
  let heldUntilMs = bucket.atMs;

  return {
    async take(signal) {
      signal.throwIfAborted();
      const { waitMs, left } = spend(bucket, rate, clock.monotonicMs());
      bucket = left;
      if (waitMs > 0) await clock.sleep(waitMs, signal);
      if (!signal.aborted) return;
      bucket = { ...bucket, tokens: bucket.tokens + 1 };
      signal.throwIfAborted();
    },
    holdOff(ms) {
      const nowMs = clock.monotonicMs();
      heldUntilMs = Math.max(heldUntilMs, nowMs + ms);
      const { tokens } = refilled(bucket, rate, nowMs);
      // What was saved up must not come as a burst when the pause ends.
      bucket = { tokens: Math.min(tokens, 0), atMs: nowMs };
    },
    heldForMs: () => Math.max(0, heldUntilMs - clock.monotonicMs()),
  };
}

/**
 * Takes one token, if need be in advance.
 * A tenth of the rate may come at once, the rest flows: no window of `perMs` ever sees more than `requests`.
 */
export function spend(bucket: Bucket, rate: Rate, nowMs: number): { left: Bucket; waitMs: number } {
  const { tokens } = refilled(bucket, rate, nowMs);
  const left = { tokens: tokens - 1, atMs: nowMs };
  return { left, waitMs: left.tokens >= 0 ? 0 : Math.ceil(-left.tokens / flow(rate)) };
}

function refilled(bucket: Bucket, rate: Rate, nowMs: number): Bucket {
  const tokens = bucket.tokens + (nowMs - bucket.atMs) * flow(rate);
  return { tokens: Math.min(capacity(rate), tokens), atMs: nowMs };
}

function capacity(rate: Rate): number {
  return Math.max(1, Math.floor(rate.requests / 10));
}

/** Tokens per millisecond. */
function flow(rate: Rate): number {
  return (rate.requests - capacity(rate) + 1) / rate.perMs;
}
