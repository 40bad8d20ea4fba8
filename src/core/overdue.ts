import { type SourceWindows, openingHours } from "./opening-hours.ts";

/** When a source's passes are due: milliseconds from now, negative when they have been due for as long. */
export interface Due {
  /** null: it has no polls, every pass is a sweep. */
  pollDueInMs: number | null;
  sweepDueInMs: number;
  windows: SourceWindows | null;
}

/**
 * For how long a source's next poll (sweep, where it has no polls) has been due, in milliseconds; 0 while it is not, or while its windows are closed.
 * @param nowMs The wall clock.
 */
export function overdueMs({ pollDueInMs, sweepDueInMs, windows }: Due, nowMs: number): number {
  const dueForMs = Math.max(0, -(pollDueInMs ?? sweepDueInMs));
  if (windows === null || dueForMs === 0) return dueForMs;
  const { passes, sweeps, timeZone } = windows;
  const hours = openingHours(pollDueInMs === null && sweeps.length > 0 ? sweeps : passes, timeZone);
  return hours.opensAt(nowMs) > nowMs ? 0 : nowMs - hours.opensAt(nowMs - dueForMs);
}
