/** Inserts and deletes per hour, newest last; hours since 1970 by the worker's clock, at most 25 of them. */
export type Activity = { hour: number; inserted: number; deleted: number }[];

const hourMs = 3_600_000;
/** Whole hours before the current one: together they cover at least the last 24 hours, at any minute. */
const hoursKept = 24;

/** The activity after some more inserts and deletes; hours that have left the rolling day are forgotten. */
export function withActivity(
  activity: Activity,
  nowMs: number,
  more: { inserted: number; deleted: number },
): Activity {
  const hour = Math.floor(nowMs / hourMs);
  const kept = activity.filter((entry) => entry.hour >= hour - hoursKept);
  if (more.inserted === 0 && more.deleted === 0) return kept;
  const current = kept.find((entry) => entry.hour === hour);
  const added = {
    hour,
    inserted: (current?.inserted ?? 0) + more.inserted,
    deleted: (current?.deleted ?? 0) + more.deleted,
  };
  return [...kept.filter((entry) => entry.hour !== hour), added];
}

/** Inserts or deletes of the rolling day. */
export function ofDay(activity: Activity, op: "inserted" | "deleted", nowMs: number): number {
  const hour = Math.floor(nowMs / hourMs);
  return activity
    .filter((entry) => entry.hour >= hour - hoursKept)
    .reduce((sum, entry) => sum + entry[op], 0);
}

/** How many deletes one pass, and one rolling day, may bring when the operator does not say. */
export function defaultDeleteLimit(population: number): number {
  return Math.max(100, Math.floor(population * 0.05));
}

/** How many inserts one pass, and one rolling day, may bring when the operator does not say. */
export function defaultInsertLimit(population: number): number {
  return Math.max(10_000, population);
}

const defaultLimit = { deleted: defaultDeleteLimit, inserted: defaultInsertLimit };

/** Why these inserts or deletes must not happen without a person, or null when they may. */
export function whyTooMany(
  op: "inserted" | "deleted",
  changes: {
    /** Those that this pass has made, or put on hold, already. */
    ofPass: number;
    /** Those of the rolling day so far, those of this pass included. */
    ofDay: number;
    /** What would be inserted or deleted now. */
    more: number;
    /** Living accounts when the pass began. */
    population: number;
    /** The operator's limit, or null. */
    limit: number | null;
  },
): string | null {
  if (changes.more === 0) return null;
  const limit = changes.limit ?? defaultLimit[op](changes.population);
  const counted = Math.max(changes.ofPass, changes.ofDay) + changes.more;
  if (counted <= limit) return null;
  return (
    `${changes.more} accounts would be ${op}, ${counted} with those of the last 24 hours; ` +
    `the limit for ${changes.population} accounts is ${limit}`
  );
}

/** True when so many items of a pass could not be understood that the upstream's format must have changed. @param limit The operator's, or null. */
export function tooManyRejected(rejected: number, observed: number, limit: number | null): boolean {
  return rejected > (limit ?? Math.max(19, 0.1 * (rejected + observed)));
}
