import type { CommonBehaviour } from "./protocol.ts";

/** Counts the requests of each client over a sliding window. */
export interface RateLimit {
  /** Undefined when the request may pass, else after how many seconds (at least 1) the next one may. */
  secondsToWait(client: string, limit: CommonBehaviour["rateLimit"]): number | undefined;
}

/** @param nowMs The upstream's clock. */
export function slidingRateLimit(nowMs: () => number): RateLimit {
  const served = new Map<string, number[]>();
  return {
    secondsToWait(client, limit) {
      if (limit === null) return undefined;
      const now = nowMs();
      const recent = (served.get(client) ?? []).filter((at) => at > now - limit.windowMs);
      served.set(client, recent);
      if (recent.length < limit.requests) {
        recent.push(now);
        return undefined;
      }
      const freeAtMs = (recent[0] ?? now) + limit.windowMs;
      return Math.max(1, Math.ceil((freeAtMs - now) / 1000));
    },
  };
}
