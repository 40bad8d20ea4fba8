const longestMs = 3_600_000;
const httpDate = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? .*\d{2}:\d{2}:\d{2}/;

/**
 * How long a `Retry-After` header asks to wait, in milliseconds: 0 to one hour, or null when there is none or it is garbage.
 * @param nowMs The time by the clock that wrote the header: best the `Date` of the same answer.
 * @see RFC 9110 §10.2.3: delta-seconds or an HTTP-date.
 */
export function retryAfterMs(header: string | undefined, nowMs: number): number | null {
  const text = header?.trim() ?? "";
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1_000, longestMs);
  // `Date.parse` alone takes almost anything for a date, "-5" for one.
  if (!httpDate.test(text)) return null;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.min(Math.max(at - nowMs, 0), longestMs);
}
