import { retryAfterMs } from "../core/retry-after.ts";
import { statedLimits } from "./stated-limits.ts";

/**
 * How long an answer asks to wait, in milliseconds; null when it does not say.
 * `Retry-After` wins; when a limit starts anew counts only when the answer is a throttle: others carry it for information.
 * @param at.nowMs The time by the clock that wrote the headers.
 */
export function askedPauseMs(
  headers: Record<string, string>,
  at: { isThrottled: boolean; nowMs: number },
): number | null {
  const asked = retryAfterMs(headers["retry-after"], at.nowMs);
  if (asked !== null || !at.isThrottled) return asked;
  return statedLimits(headers, at.nowMs)?.resetMs ?? null;
}
