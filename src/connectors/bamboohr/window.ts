import type { BambooHrCursor } from "./cursor.ts";
import type { FeedEntry } from "./feed.ts";

/** How far before the newest change a pass begins: changes may become visible late and out of order. */
export const overlapMs = 60_000;
/** Two whole seconds: `latest` and the `Date` header are both cut to one. */
const roundingMs = 2_000;

type Seen = BambooHrCursor["seen"];

/** What a pass makes of the feed it was given. */
export interface Window {
  /** Whether an entry must be looked at, because it is new or because it may hide a newer change. */
  isDue(entry: FeedEntry): boolean;
}

/**
 * The feed has whole seconds, one entry per employee, and for a new employee perhaps the date of its insertion whatever came later;
 * so an entry that looks as before may hide a change. Therefore each is looked at when it is new, once more when it has become
 * older than the overlap (what was visible late is visible by then), and insertions also whenever the feed has moved on.
 * @param feed.latest Newest change in the feed now.
 * @param feed.answeredAt The upstream's clock.
 */
export function windowOf(
  cursor: BambooHrCursor,
  feed: { latest: string | null; answeredAt: string },
): Window {
  const known = new Map(
    cursor.seen.map(([id, action, lastChanged, isFinal]) => [`${id} ${action} ${lastChanged}`, isFinal]),
  );
  const hasMoved = feed.latest !== cursor.latest;
  return {
    isDue(entry) {
      const isFinal = known.get(`${entry.id} ${entry.action} ${entry.lastChanged}`);
      if (isFinal === undefined) return true;
      if (entry.action === "Deleted" || !isOld(entry, feed.answeredAt)) return false;
      return !isFinal || (entry.action === "Inserted" && hasMoved);
    },
  };
}

/**
 * Where the next pass begins and what it need not look at again.
 * @param read.entries Entries that this pass has looked at or could pass over.
 * @param read.isWhole False when the answer may not show everything: the pass was resumed, or the newest known change is not in it.
 */
export function nextWindow(
  cursor: BambooHrCursor,
  read: { entries: readonly FeedEntry[]; latest: string; answeredAt: string; isWhole: boolean },
): { since: string; seen: Seen } {
  const latestMs = Date.parse(read.latest);
  // Once everything up to the newest change has been looked at late enough, nothing is left to overlap.
  const isSettled = read.isWhole && Date.parse(read.answeredAt) >= latestMs + overlapMs + roundingMs;
  const wanted = new Date(isSettled ? latestMs : latestMs - overlapMs).toISOString();
  const since = cursor.since !== null && cursor.since > wanted ? cursor.since : wanted;
  const seen = read.entries
    .filter((entry) => entry.lastChanged >= since)
    .map((entry): Seen[number] => [entry.id, entry.action, entry.lastChanged, isOld(entry, read.answeredAt)]);
  return { since, seen };
}

function isOld(entry: FeedEntry, answeredAt: string): boolean {
  return Date.parse(answeredAt) >= Date.parse(entry.lastChanged) + overlapMs;
}
