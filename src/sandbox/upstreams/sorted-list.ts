/** Items in one order, with access by position; adding and removing among a million takes microseconds. */
export interface SortedList<T> {
  readonly size: number;
  add(item: T): void;
  /** Removes the item that compares equal; without one, nothing happens. */
  remove(item: T): void;
  /** The position of the first item that fulfils a condition no item before and every item after it fulfils. */
  firstWhere(isReached: (item: T) => boolean): number;
  /** The items from a position (included) to another (excluded). */
  between(from: number, to: number): IterableIterator<T>;
}

const CHUNK_SIZE = 1024;

/**
 * A list that stays sorted.
 *
 * It is a list of sorted chunks: one flat array would move megabytes on every change of a large population.
 *
 * @param compare A total order: 0 only for the same item.
 */
export function sortedList<T>(compare: (a: T, b: T) => number, items: Iterable<T> = []): SortedList<T> {
  const sorted = [...items].sort(compare);
  const chunks: T[][] = [];
  for (let at = 0; at < sorted.length; at += CHUNK_SIZE) chunks.push(sorted.slice(at, at + CHUNK_SIZE));
  let size = sorted.length;

  function placeOf(isReached: (item: T) => boolean): { chunk: number; index: number } {
    const chunk = firstIndex(chunks, (candidate) => isReached(candidate[candidate.length - 1] as T));
    return { chunk, index: firstIndex(chunks[chunk] ?? [], isReached) };
  }

  function add(item: T): void {
    const place = placeOf((other) => compare(other, item) >= 0);
    const last = chunks.length - 1;
    const chunk = chunks[place.chunk] ?? chunks[last];
    size += 1;
    if (chunk === undefined) {
      chunks.push([item]);
      return;
    }
    const at = Math.min(place.chunk, last);
    chunk.splice(at === place.chunk ? place.index : chunk.length, 0, item);
    if (chunk.length > 2 * CHUNK_SIZE)
      chunks.splice(at, 1, chunk.slice(0, CHUNK_SIZE), chunk.slice(CHUNK_SIZE));
  }

  function remove(item: T): void {
    const place = placeOf((other) => compare(other, item) >= 0);
    const chunk = chunks[place.chunk];
    const found = chunk?.[place.index];
    if (chunk === undefined || found === undefined || compare(found, item) !== 0) return;
    chunk.splice(place.index, 1);
    if (chunk.length === 0) chunks.splice(place.chunk, 1);
    size -= 1;
  }

  function firstWhere(isReached: (item: T) => boolean): number {
    const place = placeOf(isReached);
    let position = place.index;
    for (let at = 0; at < place.chunk; at += 1) position += (chunks[at] as T[]).length;
    return position;
  }

  function* between(from: number, to: number): IterableIterator<T> {
    let start = 0;
    for (const chunk of chunks) {
      if (start >= to) return;
      if (start + chunk.length > from) yield* chunk.slice(Math.max(0, from - start), to - start);
      start += chunk.length;
    }
  }

  return {
    get size() {
      return size;
    },
    add,
    remove,
    firstWhere,
    between,
  };
}

function firstIndex<T>(list: readonly T[], isReached: (item: T) => boolean): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isReached(list[middle] as T)) high = middle;
    else low = middle + 1;
  }
  return low;
}
