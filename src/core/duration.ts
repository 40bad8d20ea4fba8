const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Milliseconds of a duration with its unit, such as `250ms`, `60s`, `5m`, `6h`, `30d`; null for anything else. */
export function durationMs(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text.trim());
  if (match === null) return null;
  return Math.round(Number(match[1]) * unitMs[match[2] as keyof typeof unitMs]);
}

/** Milliseconds as a duration with the largest unit that leaves no fraction, such as `90s` or `6h`. */
export function durationText(ms: number): string {
  const [unit, span] = Object.entries(unitMs).findLast(([, length]) => ms % length === 0) ?? ["ms", 1];
  return ms === 0 ? "0s" : `${ms / span}${unit}`;
}
