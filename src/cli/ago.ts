/** A time span in words that fit a table: `now`, `12s`, `5m`, `3h`, `2d`. */
export function ago(ms: number | null): string {
  if (ms === null) return "never";
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 1) return "now";
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)}m`;
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)}h`;
  return `${Math.round(seconds / 86_400)}d`;
}
