import { createHash } from "node:crypto";
import { z } from "zod";
import { type JsonValue, isJsonObject } from "../../core/json.ts";
import { itemId } from "../../sdk/item-id.ts";
import type { ListPart, Range } from "./api.ts";

/** The most that SailPoint gives at once. */
export const pageSize = 250;
/** How many rows are remembered to find the place again: more than one, since any of them may vanish. */
const remembered = 10;
/** How many pages before and behind the expected one are searched for the place. */
const searchedPages = 4;

/** Where reading stands in a list that changes while it is read. */
export const placeSchema = z.object({
  /** The list begins at this timestamp (as the upstream wrote it); null for a list without a lower bound. */
  from: z.string().nullable(),
  /** Rows of the list up to and including the last one read. */
  offset: z.number().int().nonnegative(),
  /** The last rows read, by key and in the order of the list: the anchors. */
  tail: z.array(z.string()),
  /** Newest known length of the list. */
  total: z.number().int().nullable(),
});

/** Where reading stands in a list. */
export type Place = z.infer<typeof placeSchema>;

/** The beginning of a list. */
export function startOf(from: string | null): Place {
  return { from, offset: 0, tail: [], total: null };
}

/** A sorted list of an upstream. */
export interface SortedList {
  read(range: Range): Promise<ListPart>;
  /** The member that the list is sorted by before the id; null when it is sorted by id alone. */
  sortedBy: "created" | "modified" | null;
}

/** What one step through a list brought. */
export type Step =
  | {
      outcome: "read";
      /** Rows that had not been read before. */
      rows: JsonValue[];
      /** The page they came on, whole. */
      page: JsonValue[];
      place: Place;
      isLast: boolean;
      /** True when the upstream's own count says that nothing is missing; only a last step can be proven. */
      isProven: boolean;
      answeredAt: string;
    }
  /** The rows read last are not where they were nor near it: rows may have been skipped. */
  | { outcome: "lost"; answeredAt: string };

/**
 * Reads on in a list that is sorted by something unique and changes meanwhile.
 * An offset alone would skip a row whenever an earlier one vanishes, so each page begins one row early and must show where
 * the last one ended; else that place is searched around. A short page ends nothing: SailPoint gives some in mid-list.
 */
export async function nextRows(list: SortedList, place: Place): Promise<Step> {
  const keyOf = (row: JsonValue) => rowKey(row, list.sortedBy);

  function readAt(offset: number): Promise<ListPart> {
    // Only a page that may be the last one is counted, since counting is costly.
    const count = place.total === null || offset + pageSize >= place.total;
    return list.read({ offset, limit: pageSize, count });
  }

  function stepTo(
    part: ListPart,
    rows: JsonValue[],
    offset: number,
    end: { isLast: boolean; isProven: boolean },
  ): Step {
    const tail = rows.length === 0 ? place.tail : [...rows.slice(-remembered).map(keyOf), ...pushed];
    const reached = { ...place, offset, tail, total: part.total ?? place.total };
    return { outcome: "read", rows, page: part.rows, place: reached, ...end, answeredAt: part.answeredAt };
  }

  const found = await findAnchor(readAt, place, keyOf);
  if (found.part === null) return { outcome: "lost", answeredAt: found.answeredAt };
  const { part, index, offset } = found;
  // New rows may have pushed the last of the remembered ones onto the next page: they stay remembered, behind the new ones.
  const anchor = part.rows[index];
  const pushed = (
    anchor === undefined ? place.tail : place.tail.slice(place.tail.indexOf(keyOf(anchor)) + 1)
  ).slice(-remembered);
  const rows = part.rows.slice(index + 1);
  const end = offset + part.rows.length;
  const isFull = part.rows.length >= pageSize;
  const isCounted = part.total !== null && (isFull ? end === part.total : end >= part.total);
  if (isCounted || rows.length > 0)
    return stepTo(part, rows, end, { isLast: isCounted, isProven: isCounted });

  // Nothing new, and no count that says why. What lies behind is believed only if the place has not moved meanwhile.
  const behind = await list.read({ offset: end, limit: pageSize, count: false });
  const again = await list.read({ offset: Math.max(0, end - 1), limit: pageSize, count: true });
  const hasStayed = end === 0 ? again.rows.length === 0 : isAlone(again.rows.map(keyOf), place.tail);
  // An upstream that contradicts itself, or ignores offsets, would otherwise be read for ever.
  if (!hasStayed || anchorIn(behind.rows.map(keyOf), place.tail) !== -1) {
    return { outcome: "lost", answeredAt: again.answeredAt };
  }
  const isProven = again.total !== null && again.total <= end;
  if (isProven || behind.rows.length === 0) return stepTo(again, [], end, { isLast: true, isProven });
  return stepTo(behind, behind.rows, end + behind.rows.length, { isLast: false, isProven: false });
}

/**
 * Moves the beginning of a list that ascends by a timestamp up to the last row read, so that offsets stay small:
 * they only count rows of one and the same timestamp, however many these are.
 */
export function rebased(step: Step & { outcome: "read" }, stampOf: (row: JsonValue) => string | null): Place {
  const { place, page } = step;
  const from = page.length === 0 ? null : stampOf(page[page.length - 1] ?? null);
  if (from === null || from === place.from) return place;
  const others = page.findLastIndex((row) => stampOf(row) !== from);
  // A page that shows this timestamp alone does not tell how many such rows came before it.
  if (others === -1 && place.offset > page.length) return place;
  const offset = page.length - 1 - others;
  const dropped = place.offset - offset;
  return { ...place, from, offset, total: place.total === null ? null : place.total - dropped };
}

/**
 * What a row is recognised by: its id, or a digest where it has none that could be one.
 * In a list sorted by time the timestamp belongs to it: a row that has moved on is another one.
 */
function rowKey(row: JsonValue, sortedBy: SortedList["sortedBy"]): string {
  const { id } = itemId(row);
  if (id === null || !isJsonObject(row)) {
    return `#${createHash("sha256").update(JSON.stringify(row)).digest("hex").slice(0, 32)}`;
  }
  return sortedBy === null ? id : `${id} ${JSON.stringify(row[sortedBy] ?? null)}`;
}

type Found = { part: ListPart; index: number; offset: number } | { part: null; answeredAt: string };

async function findAnchor(
  readAt: (offset: number) => Promise<ListPart>,
  place: Place,
  keyOf: (row: JsonValue) => string,
): Promise<Found> {
  const expected = Math.max(0, place.offset - 1);
  let part = await readAt(expected);
  for (let distance = 0; distance <= searchedPages; distance++) {
    for (const offset of offsetsAround(expected, distance)) {
      if (distance > 0) part = await readAt(offset);
      const index = anchorIn(part.rows.map(keyOf), place.tail);
      if (index !== -1) return { part, index, offset };
      // Before the first row there is nothing that could be skipped.
      if (expected === 0 && distance === 0) return { part, index, offset };
    }
  }
  return { part: null, answeredAt: part.answeredAt };
}

function offsetsAround(expected: number, distance: number): number[] {
  if (distance === 0) return [expected];
  const before = expected - distance * (pageSize - 1);
  const behind = expected + distance * (pageSize - 1);
  return before > -pageSize ? [Math.max(0, before), behind] : [behind];
}

function isAlone(keys: readonly string[], tail: readonly string[]): boolean {
  return keys.length === 1 && anchorIn(keys, tail) === 0;
}

/** The index of the last remembered row that is still there, or -1; rows behind it have not been read. */
function anchorIn(keys: readonly string[], tail: readonly string[]): number {
  const anchors = new Set(tail);
  return keys.findLastIndex((key) => anchors.has(key));
}
