import type { JsonValue } from "../core/json.ts";

const utcWithMilliseconds = /^\d{4}-(0\d|1[0-2])-([0-2]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;
const timestamp = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/;

/** An upstream's timestamp as ISO-8601 UTC with milliseconds, or null when it is none. */
export function utcTime(value: JsonValue | undefined): string | null {
  if (typeof value !== "string") return null;
  // What most upstreams send is what is wanted, and parsing dates is slow.
  if (utcWithMilliseconds.test(value)) return value;
  if (!timestamp.test(value)) return null;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? null : new Date(ms).toISOString();
}

/** An instant `ms` earlier, but not before 1970. @param at ISO-8601. */
export function before(at: string, ms: number): string {
  return new Date(Math.max(0, Date.parse(at) - ms)).toISOString();
}

/** The upstream's clock when it answered: its `Date` header, or our own time where it sends none. */
export function answeredAt(headers: Record<string, string>, ourNowMs: number): string {
  const ms = Date.parse(headers["date"] ?? "");
  return new Date(Number.isNaN(ms) ? ourNowMs : ms).toISOString();
}
