import type { JsonValue } from "../../core/json.ts";
import type { ItemPage } from "./answer.ts";
import type { Found, PagedList, Place } from "./place.ts";

/** How many items are remembered to find the place again: more than one, since any of them may vanish. */
const remembered = 10;

/** How the pages of a list are counted: by themselves, from a first number on, or by the items before them. */
export type Numbering = { style: "page"; first: number } | { style: "offset" };

/** Some of a list in one piece, around the place where reading stands. */
interface Window<Page> {
  items: JsonValue[];
  /** The page that goes furthest. */
  page: Page;
  /** Where the page behind it begins. */
  next: number;
  /** How many of the last items the next window should show again. */
  again: number;
  /** Whether nothing follows, where answers do not say if more does. */
  isEnd: boolean;
}

/**
 * One step through a list whose pages have numbers. A number alone would skip an item whenever an earlier one vanishes, so what is read must show
 * where the last page ended; else it is not believed. Where answers do not say whether more follows, a list does not end with a short page, which is
 * just as well the most that the upstream allows, but with one that has nothing new.
 */
export async function nextNumbered<Page extends ItemPage>(
  list: PagedList<Page>,
  numbering: Numbering,
  place: Place,
): Promise<Found<Page>> {
  const window = await (numbering.style === "page"
    ? pagesAround(list, numbering.first, place)
    : itemsAround(list, place));
  if (window === null) return { outcome: "lost", why: "the upstream refuses a page of its own list" };
  const { page, next } = window;
  const keys = window.items.map(list.keyOf);
  const anchor = anchorIn(keys, place.tail);
  if (anchor === -1 && place.tail.length > 0) {
    return { outcome: "lost", why: "the list moved too much while it was read" };
  }
  const items = window.items.slice(anchor + 1);
  const isLast = page.more === null ? window.isEnd : !page.more;
  // An upstream that ignores numbers would otherwise be read for ever.
  if (items.length === 0 && !isLast) return { outcome: "lost", why: "a page shows nobody new" };
  return { outcome: "read", items, page, isLast, place: { ...place, next, tail: keys.slice(-window.again) } };
}

/** The next page, and the one before it unless what was read last has moved onto the next one. */
async function pagesAround<Page extends ItemPage>(
  { read, keyOf }: PagedList<Page>,
  first: number,
  { next, tail }: Place,
): Promise<Window<Page> | null> {
  const number = next === null ? first : Number(next);
  const page = await read(next);
  if (page === null) return null;
  const reached = { page, next: number + 1, again: remembered, isEnd: page.items.length === 0 };
  if (tail.length === 0 || anchorIn(page.items.map(keyOf), tail) !== -1)
    return { ...reached, items: page.items };
  // Read after it: an item that moves back meanwhile is then on both of them, not on none.
  const before = await read(number - 1);
  return before === null ? null : { ...reached, items: [...before.items, ...page.items] };
}

/** Items from the first remembered one on. */
async function itemsAround<Page extends ItemPage>(
  { read, keyOf }: PagedList<Page>,
  { next, tail }: Place,
): Promise<Window<Page> | null> {
  const offset = next === null ? null : Math.max(0, Number(next) - tail.length);
  const page = await read(offset);
  if (page === null) return null;
  const { items } = page;
  return {
    items,
    page,
    next: (offset ?? 0) + items.length,
    // At least half of a page is new, however few the upstream allows: one that shows no more than these is the end.
    again: Math.min(remembered, Math.ceil(items.length / 2)),
    isEnd: items.length <= tail.length && anchorIn(items.map(keyOf), tail) === items.length - 1,
  };
}

/** The index of the last remembered item that is still there, or -1; items behind it have not been read. */
function anchorIn(keys: readonly string[], tail: readonly string[]): number {
  const anchors = new Set(tail);
  return keys.findLastIndex((key) => anchors.has(key));
}
