import { type SourceWindows, openingHours } from "../core/opening-hours.ts";
import type { Scheduled } from "../core/schedule.ts";
import type { Clock } from "../ports/clock.ts";
import type { Lane } from "./lane.ts";

/** The windows of a source on the clock of its schedule: when polls and look-backs, and sweeps, may start from a moment on. */
export interface LaneWindows {
  passesFrom(nowMs: number): number;
  sweepsFrom(nowMs: number): number;
}

/** @returns null when the source has no windows. */
export function laneWindows(windows: SourceWindows | null, clock: Clock): LaneWindows | null {
  if (windows === null) return null;
  const { timeZone, passes, sweeps } = windows;
  const from = (texts: readonly string[]) => {
    const hours = openingHours(texts, timeZone);
    return (nowMs: number) => {
      const wallMs = clock.now();
      return nowMs + hours.opensAt(wallMs) - wallMs;
    };
  };
  return { passesFrom: from(passes), sweepsFrom: from(sweeps.length > 0 ? sweeps : passes) };
}

/** How long polls wait for the windows to open, sweeps where there are no polls; 0 while they are open, null where there are none. */
export function opensInMs({ windows, source }: Lane, nowMs: number): number | null {
  if (windows === null) return null;
  return (source.everyMs === null ? windows.sweepsFrom(nowMs) : windows.passesFrom(nowMs)) - nowMs;
}

/**
 * The schedule as the source's windows leave it: what is due while they are closed is due when they open. Neither what a person
 * has asked for nor what is under way waits for them.
 */
export function withinWindows(lane: Lane, nowMs: number): Scheduled {
  const { windows, source, pollDueAtMs, sweepDueAtMs, lookBackDueAtMs } = lane;
  if (windows === null) return lane;
  const opened = (dueAtMs: number, from: (nowMs: number) => number) =>
    dueAtMs > nowMs ? dueAtMs : Math.max(dueAtMs, from(nowMs));
  const pollIsFree = source.pollAsked || lane.polling !== null;
  const sweepIsFree = source.sweepAsked || source.openSweep !== null;
  return {
    ...lane,
    pollDueAtMs: pollIsFree ? pollDueAtMs : opened(pollDueAtMs, windows.passesFrom),
    sweepDueAtMs: sweepIsFree ? sweepDueAtMs : opened(sweepDueAtMs, windows.sweepsFrom),
    lookBackDueAtMs:
      lane.lookingBack === null ? opened(lookBackDueAtMs, windows.passesFrom) : lookBackDueAtMs,
  };
}
