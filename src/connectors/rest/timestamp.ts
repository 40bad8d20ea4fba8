import { z } from "zod";
import type { JsonValue } from "../../core/json.ts";
import { utcTime } from "../utc-time.ts";

/** How an upstream writes a time in `{{ since }}`. */
export const timestampFormat = z.enum(["iso", "epochSeconds", "epochMillis"]);
/** The smallest step of an upstream's time. */
export const timestampPrecision = z.enum(["day", "second", "millisecond"]);

/** Milliseconds of a precision. */
export const unitMs = { day: 86_400_000, second: 1_000, millisecond: 1 } as const;

/** Larger numbers are milliseconds: as seconds they would be beyond the year 5000. */
const mostSeconds = 1e11;
const withoutZone = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?))?$/;

/**
 * An upstream's time as ISO-8601 UTC with milliseconds, or null when it is none: ISO-8601 (UTC where it names no zone, midnight where it is
 * a date alone), or seconds or milliseconds since 1970.
 */
export function timeOf(value: JsonValue | undefined): string | null {
  if (typeof value === "string" && value.trim() !== "") {
    if (/^\d+(\.\d+)?$/.test(value)) return timeOf(Number(value));
    const [, date, time] = withoutZone.exec(value) ?? [];
    return utcTime(date === undefined ? value.replace(" ", "T") : `${date}T${time ?? "00:00"}Z`);
  }
  if (typeof value !== "number") return null;
  const at = new Date(Math.floor(Math.abs(value) < mostSeconds ? value * 1_000 : value));
  return Number.isNaN(at.getTime()) || at.getUTCFullYear() > 9_999 ? null : at.toISOString();
}

/** An instant as the upstream wants it, or the beginning of the step of its time that the instant lies in. @param at ISO-8601 UTC with milliseconds. */
export function written(
  at: string,
  { format, precision }: { format: z.infer<typeof timestampFormat>; precision: keyof typeof unitMs },
): string | number {
  if (format === "epochMillis") return Date.parse(at);
  if (format === "epochSeconds") return Math.floor(Date.parse(at) / 1_000);
  if (precision === "day") return at.slice(0, 10);
  return precision === "second" ? `${at.slice(0, 19)}Z` : at;
}
