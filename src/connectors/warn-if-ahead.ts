import type { Log } from "../ports/log.ts";

/** Clocks differ a little. */
const tolerableLeadMs = 5_000;

/**
 * Tells the log of a change that is dated after the upstream's own clock: no watermark follows it there, but somebody's clock is wrong.
 * @param newest ISO-8601, the newest of what was read; null for none.
 * @param upstreamClock ISO-8601, when the upstream answered.
 */
export function warnIfAhead(connector: string, newest: string | null, upstreamClock: string, log: Log): void {
  if (newest === null || Date.parse(newest) - Date.parse(upstreamClock) <= tolerableLeadMs) return;
  log.warn(`${connector}.timestamp.ahead`, { newest, upstreamClock });
}
