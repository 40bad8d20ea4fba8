import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type Trail, followed, trailhead } from "../../src/connectors/trail.ts";

/** Follows pages until a circle is noticed; the number of pages read, or null when all were. */
function readUntilCircle(pages: Iterable<string>): number | null {
  let trail: Trail = trailhead;
  let read = 0;
  for (const page of pages) {
    read++;
    // It is stored between two pages.
    const next = followed(JSON.parse(JSON.stringify(trail)) as Trail, page);
    if (next === null) return read;
    trail = next;
  }
  return null;
}

function* leadingIntoCircle(before: number, length: number): Generator<string> {
  for (let page = 0; page < before; page++) yield `before-${page}`;
  for (let page = 0; ; page++) yield `circle-${page % length}`;
}

test("a circle of any length behind any number of pages is noticed within three rounds", () => {
  fc.assert(
    fc.property(fc.nat(300), fc.integer({ min: 1, max: 300 }), (before, length) => {
      const read = readUntilCircle(leadingIntoCircle(before, length)) ?? Infinity;
      expect(read).toBeGreaterThan(before + length);
      expect(read).toBeLessThanOrEqual(3 * Math.max(before, length) + 3);
    }),
  );
});

test("a list whose pages all differ is never taken for a circle", () => {
  expect(readUntilCircle(Array.from({ length: 5_000 }, (_, page) => String(page)))).toBeNull();
});
