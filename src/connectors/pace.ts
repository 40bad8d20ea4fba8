/** How much of its ceiling a budget uses: halved by throttles, slowly regained. Instants are monotonic milliseconds. */
export interface Pace {
  /** Of the ceiling, at `atMs`; it grows from then on. */
  share: number;
  atMs: number;
  /** A throttle of a request that started earlier is the same one once more. */
  settledAtMs: number;
}

const leastShare = 1 / 50;
/** Regained in each quiet window. */
const regained = 1 / 20;

/** All of the ceiling. */
export function fullPace(nowMs: number): Pace {
  return { share: 1, atMs: nowMs, settledAtMs: nowMs };
}

/** The share of the ceiling at a moment: 1/50 to 1. */
export function shareAt({ share, atMs }: Pace, windowMs: number, nowMs: number): number {
  return Math.min(1, share + (regained * Math.max(0, nowMs - atMs)) / windowMs);
}

/**
 * The pace after a throttle: half of the share, at most once per window and per pause, however many requests were under way.
 * @param throttle.startedAtMs When the throttled request was sent.
 * @param throttle.pauseEndsAtMs When the upstream wants to be asked again, if it said so.
 */
export function slowedPace(
  pace: Pace,
  throttle: { startedAtMs: number; pauseEndsAtMs: number },
  windowMs: number,
  nowMs: number,
): Pace {
  const share = shareAt(pace, windowMs, nowMs);
  const atMs = Math.max(nowMs, throttle.pauseEndsAtMs);
  if (throttle.startedAtMs < pace.settledAtMs)
    return { share, atMs, settledAtMs: Math.max(pace.settledAtMs, throttle.pauseEndsAtMs) };
  return {
    share: Math.max(leastShare, share / 2),
    atMs,
    settledAtMs: Math.max(nowMs + windowMs, throttle.pauseEndsAtMs),
  };
}
