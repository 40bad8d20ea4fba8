import { RetryableError } from "../core/errors.ts";
import type { Clock } from "../ports/clock.ts";
import { fullPace, shareAt, slowedPace } from "./pace.ts";
import { type Rate, slowerRate } from "./rate.ts";
import type { StatedLimits } from "./stated-limits.ts";
import { type Asker, type TurnQueue, turnQueue } from "./turn-queue.ts";

/** A token bucket at one moment; `tokens` below zero are promised to those who wait. */
export interface Bucket {
  tokens: number;
  /** In the future while the upstream wants nothing to be asked. */
  atMs: number;
}

/** The requests that the sources of one group may still make; shared by all their clients. */
export interface Budget {
  /**
   * Resolves when a request may start: sources take turns, polls go before what can wait.
   * @throws the signal's reason when it is aborted first
   * @throws RetryableError `TIDEMARK_UPSTREAM_THROTTLED` when the upstream wants a pause longer than a pass should sleep
   */
  take(asker: Asker, signal: AbortSignal): Promise<void>;
  /** The upstream asked for a pause of this length: nobody starts a request before it is over. */
  holdOff(ms: number): void;
  /** The upstream throttled a request that started then: the rate is halved, and slowly regained. */
  slowDown(startedAtMs: number): void;
  /** An answer said what the upstream's limit is, or what is left of it. */
  learn(limits: StatedLimits): void;
  /** How much of the pause is left, in milliseconds. */
  heldForMs(): number;
}

interface Waiting {
  serve(): void;
  refuse(error: unknown): void;
}

/** A longer pause is the scheduler's: a pass that sleeps holds a place that others could use. */
export const longestPauseMs = 30_000;
/** Throttles count once within a window, and quiet ones are counted: the rate's own, but not shorter than this. */
const shortestWindowMs = 10_000;
/** Rates change while somebody waits. */
const longestNapMs = 1_000;
/** Resets are told in whole seconds: one that moves by no more belongs to the same window. */
const resetSlackMs = 1_000;

/**
 * A budget in memory: the given rate is its ceiling, what the upstream says and how it throttles lower it. It starts empty, so that a takeover
 * cannot spend what the last owner has just spent.
 */
export function budget(ceiling: Rate, clock: Clock): Budget {
  const windowMs = Math.max(ceiling.perMs, shortestWindowMs);
  /** There only while somebody waits: most sources never do. */
  let waiting: TurnQueue<Waiting> | null = null;
  let bucket: Bucket = { tokens: 0, atMs: clock.monotonicMs() };
  let pace = fullPace(bucket.atMs);
  let stated: { rate: Rate; untilMs: number } | null = null;
  let quota: { left: number; untilMs: number } | null = null;
  let nap: AbortController | null = null;

  function rateAt(nowMs: number): Rate {
    if (stated !== null && stated.untilMs <= nowMs) stated = null;
    const { requests, perMs } = stated === null ? ceiling : slowerRate(ceiling, stated.rate);
    return { requests: requests * shareAt(pace, windowMs, nowMs), perMs };
  }

  /** Starts one request, if it may start now. @returns how long it has to wait otherwise */
  function start(nowMs: number): number {
    const { left, waitMs } = spend(bucket, rateAt(nowMs), nowMs);
    if (waitMs > 0) return waitMs;
    bucket = left;
    return 0;
  }

  /** Counts a request that starts now; the last one that the upstream has left begins a pause. */
  function count(nowMs: number): void {
    if (quota === null) return;
    if (quota.untilMs <= nowMs) {
      quota = null;
      return;
    }
    quota.left -= 1;
    if (quota.left <= 0) holdUntil(quota.untilMs, nowMs);
  }

  function holdUntil(untilMs: number, nowMs: number): void {
    // What was saved up must not come as a burst when the pause ends.
    bucket = { tokens: 0, atMs: Math.max(bucket.atMs, untilMs, nowMs) };
    const heldForMs = bucket.atMs - nowMs;
    if (heldForMs <= longestPauseMs) return;
    for (let next = waiting?.next(); next !== undefined; next = waiting?.next())
      next.refuse(tooLong(heldForMs));
    nap?.abort();
  }

  async function serveAll(queue: TurnQueue<Waiting>): Promise<void> {
    while (queue.size() > 0) {
      const nowMs = clock.monotonicMs();
      const waitMs = start(nowMs);
      if (waitMs === 0) {
        queue.next()?.serve();
        count(nowMs);
        continue;
      }
      nap = new AbortController();
      await clock.sleep(Math.min(waitMs, longestNapMs), nap.signal);
    }
    nap = null;
    waiting = null;
  }

  function queued(asker: Asker, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const isFirst = waiting === null;
    const queue = (waiting ??= turnQueue());
    const own = { serve: resolve, refuse: reject };
    const leave = () => {
      queue.leave(asker, own);
      if (queue.size() === 0) nap?.abort();
      reject(signal.reason);
    };
    signal.addEventListener("abort", leave);
    queue.put(asker, own);
    if (isFirst) void serveAll(queue);
    return promise.finally(() => signal.removeEventListener("abort", leave));
  }

  const heldForMs = () => Math.max(0, bucket.atMs - clock.monotonicMs());

  return {
    heldForMs,
    async take(asker, signal) {
      signal.throwIfAborted();
      if (heldForMs() > longestPauseMs) throw tooLong(heldForMs());
      const nowMs = clock.monotonicMs();
      if (waiting !== null || start(nowMs) > 0) await queued(asker, signal);
      else count(nowMs);
    },
    holdOff(ms) {
      const nowMs = clock.monotonicMs();
      holdUntil(nowMs + ms, nowMs);
    },
    slowDown(startedAtMs) {
      const nowMs = clock.monotonicMs();
      pace = slowedPace(pace, { startedAtMs, pauseEndsAtMs: bucket.atMs }, windowMs, nowMs);
      bucket = { tokens: 0, atMs: Math.max(bucket.atMs, nowMs) };
    },
    learn({ rate, remaining, resetMs }) {
      const nowMs = clock.monotonicMs();
      if (rate !== null) stated = { rate, untilMs: nowMs + rate.perMs };
      if (remaining === null || resetMs === null) return;
      const untilMs = nowMs + resetMs;
      // Answers overtake each other: within one window the least that was left counts, less what has started since.
      const isSame = quota !== null && quota.untilMs > nowMs && untilMs <= quota.untilMs + resetSlackMs;
      quota =
        quota !== null && isSame
          ? { ...quota, left: Math.min(quota.left, remaining) }
          : { left: remaining, untilMs };
      if (quota.left <= 0) holdUntil(quota.untilMs, nowMs);
    },
  };
}

function tooLong(retryAfterMs: number): RetryableError {
  const what = "The upstream asked the source's group to wait";
  return new RetryableError("TIDEMARK_UPSTREAM_THROTTLED", what, { retryAfterMs });
}

/**
 * Takes one token, if need be in advance.
 * A tenth of the rate may come at once, the rest flows: no window of `perMs` ever sees more than `requests`.
 */
export function spend(bucket: Bucket, rate: Rate, nowMs: number): { left: Bucket; waitMs: number } {
  const fromMs = Math.max(nowMs, bucket.atMs);
  const tokens = Math.min(capacity(rate), bucket.tokens + (fromMs - bucket.atMs) * flow(rate));
  const left = { tokens: tokens - 1, atMs: fromMs };
  return { left, waitMs: Math.ceil(fromMs - nowMs + Math.max(0, -left.tokens) / flow(rate)) };
}

function capacity(rate: Rate): number {
  return Math.max(1, Math.floor(rate.requests / 10));
}

/** Tokens per millisecond. */
function flow(rate: Rate): number {
  return (rate.requests - capacity(rate) + 1) / rate.perMs;
}
