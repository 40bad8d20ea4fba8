/** A day of the journal, as large as it is stored. */
export interface JournalDay {
  /** YYYYMMDD, of UTC. */
  day: string;
  bytes: number;
}

/** What may stay: both, and today in any case. */
export interface RetentionLimits {
  /** YYYYMMDD, of UTC. */
  today: string;
  /** The oldest day that is not too old. */
  oldestKept: string;
  /** Of all days together; null: any size. */
  maxBytes: number | null;
}

/** Why a day has to leave. */
export type BeyondRetention = "age" | "size";

/**
 * The days that have to leave, oldest first: those that are too old, then as many as it takes for the rest to fit. To be followed in this order, and only
 * as far as they can go: a hole in the journal would be a replay that misses events without a word.
 */
export function beyondRetention<Day extends JournalDay>(
  days: readonly Day[],
  { today, oldestKept, maxBytes }: RetentionLimits,
): { day: Day; because: BeyondRetention }[] {
  let bytes = days.reduce((sum, day) => sum + day.bytes, 0);
  const leaving: { day: Day; because: BeyondRetention }[] = [];
  for (const day of days.toSorted((one, other) => (one.day < other.day ? -1 : 1))) {
    const isOld = day.day < oldestKept;
    const isTooMuch = maxBytes !== null && bytes > maxBytes;
    if (day.day >= today || !(isOld || isTooMuch)) break;
    leaving.push({ day, because: isOld ? "age" : "size" });
    bytes -= day.bytes;
  }
  return leaving;
}
