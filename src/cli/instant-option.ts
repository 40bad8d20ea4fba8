import { durationMs } from "../core/duration.ts";
import { ConfigError } from "../core/errors.ts";

const iso = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?<zone>Z|[+-]\d{2}:\d{2})?)?$/;

/**
 * An instant of the past as a person types it: how long ago, such as `2h` or `7d`, or ISO-8601, which is UTC where it names no zone.
 * @returns ISO-8601 UTC with milliseconds. @throws ConfigError unless it is one of the two
 */
export function instantOption(name: string, text: string, nowMs: number): string {
  const agoMs = durationMs(text);
  if (agoMs !== null) return new Date(nowMs - agoMs).toISOString();
  const match = iso.exec(text);
  const hasZone = match?.groups?.["zone"] !== undefined || !text.includes("T");
  const atMs = match === null ? Number.NaN : Date.parse(hasZone ? text : `${text}Z`);
  if (Number.isFinite(atMs)) return new Date(atMs).toISOString();
  throw new ConfigError("TIDEMARK_USAGE", [
    `${name} must be a time such as 2026-03-01T10:00Z, or how long ago, such as 2h or 7d; not ${text}`,
  ]);
}
