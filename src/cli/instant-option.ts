import { durationMs } from "../core/duration.ts";
import { ConfigError } from "../core/errors.ts";

const iso = /^(?<day>\d{4}-\d{2}-\d{2})(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?<zone>Z|[+-]\d{2}:\d{2})?)?$/;

const earliestMs = Date.parse("0001-01-01T00:00:00.000Z");
/** Clocks differ. */
const futureMs = 60_000;

/**
 * An instant of the past as a person types it: how long ago, such as `2h` or `7d`, or ISO-8601, which is UTC where it names no zone.
 * @returns ISO-8601 UTC with milliseconds. @throws ConfigError unless it is one of the two, from the year 1 up to now
 */
export function instantOption(name: string, text: string, nowMs: number): string {
  const agoMs = durationMs(text);
  const atMs = agoMs === null ? isoMs(text) : nowMs - agoMs;
  if (atMs >= earliestMs && atMs <= nowMs + futureMs) return new Date(atMs).toISOString();
  const fault =
    atMs > nowMs
      ? `${name} must be a time of the past, such as ${new Date(nowMs).toISOString()}; ${text} is yet to come`
      : `${name} must be a time such as 2026-03-01T10:00Z, or how long ago, such as 2h or 7d; not ${text}`;
  throw new ConfigError("TIDEMARK_USAGE", [fault]);
}

/** @returns NaN for what is no instant, such as the 31st of a shorter month. */
function isoMs(text: string): number {
  const { day, zone } = iso.exec(text)?.groups ?? {};
  if (day === undefined || !isDay(day)) return Number.NaN;
  return Date.parse(zone === undefined && text.includes("T") ? `${text}Z` : text);
}

/** Parsing takes the 31st of a shorter month for a day of the next one. */
function isDay(day: string): boolean {
  const atMs = Date.parse(`${day}T00:00Z`);
  return Number.isFinite(atMs) && new Date(atMs).toISOString().startsWith(day);
}
