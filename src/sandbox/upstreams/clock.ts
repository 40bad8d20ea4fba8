/** An upstream's own clock: it may be wrong, but it never goes back. */
export interface SimulatedClock {
  /** Milliseconds since 1970 as this upstream believes. */
  readonly now: () => number;
  /** How far it is ahead of the machine's clock, in milliseconds; negative when behind. */
  offsetMs(): number;
  advance(byMs: number): void;
  /** Goes on from the offset it had, and from the newest instant it is known to have shown. */
  readonly resume: (offsetMs: number) => void;
  notBefore(atMs: number): void;
}

/** @param initialOffsetMs Where it starts, relative to the machine's clock. */
export function simulatedClock(initialOffsetMs: number): SimulatedClock {
  let offsetMs = initialOffsetMs;
  let shownMs = 0;
  return {
    now() {
      shownMs = Math.max(shownMs, Date.now() + offsetMs);
      return shownMs;
    },
    offsetMs: () => offsetMs,
    advance(byMs) {
      offsetMs += byMs;
    },
    resume(resumedMs) {
      offsetMs = resumedMs;
    },
    notBefore(atMs) {
      shownMs = Math.max(shownMs, atMs);
    },
  };
}
