/**
 * How long to wait before the next try, in milliseconds: exponential, capped, with full jitter, so that many who failed together do not return together.
 * @param failures How many tries have failed in a row, from 1.
 * @param fraction A random number, 0 ≤ x < 1.
 */
export function backOffMs(
  failures: number,
  range: { baseMs: number; capMs: number },
  fraction: number,
): number {
  return Math.round(fraction * Math.min(range.capMs, range.baseMs * 2 ** (failures - 1)));
}
