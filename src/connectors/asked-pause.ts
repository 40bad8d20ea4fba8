import { retryAfterMs } from "../core/retry-after.ts";

/** A larger number is a date in seconds, which some vendors write under the same name. */
const longestResetSeconds = 3_600;

/**
 * How long an answer asks to wait, in milliseconds; null when it does not say.
 * `Retry-After` wins; `RateLimit-Reset` (seconds) counts only when the answer is a throttle: others carry it for information.
 * @param at.nowMs The time by the clock that wrote the headers.
 */
export function askedPauseMs(
  headers: Record<string, string>,
  at: { isThrottled: boolean; nowMs: number },
): number | null {
  const asked = retryAfterMs(headers["retry-after"], at.nowMs);
  if (asked !== null || !at.isThrottled) return asked;
  const reset = headers["ratelimit-reset"]?.trim() ?? "";
  return /^\d+$/.test(reset) && Number(reset) <= longestResetSeconds ? Number(reset) * 1_000 : null;
}
