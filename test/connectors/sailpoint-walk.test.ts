import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { ListPart } from "../../src/connectors/sailpoint/api.ts";
import { type Place, nextRows, rebased, startOf } from "../../src/connectors/sailpoint/walk.ts";

type Row = { id: string; modified: string };
type Move = { op: "insert" | "delete" | "update"; where: number; many: number };

const stamp = (index: number) => `2026-05-01T12:00:00.${String(index % 1_000).padStart(3, "0")}Z`;
const late = "2026-05-02T00:00:00.000Z";

/** A list that is changed by the next moves before every read. */
function livingList(rows: Row[], moves: Move[], sortedBy: "modified" | null) {
  let living = [...rows];
  let serial = 0;
  const moved = new Set<string>();
  const queue = [...moves];
  function change({ op, where, many }: Move): void {
    for (let each = 0; each < many; each++) {
      const victim = living[(where + each * 7) % Math.max(1, living.length)];
      if (op === "insert")
        living.push({ id: `${String.fromCharCode(97 + (where % 26))}-${serial++}`, modified: late });
      if (op === "insert" || victim === undefined) continue;
      moved.add(victim.id);
      living = living.filter((row) => row !== victim);
      if (op === "update") living.push({ ...victim, modified: late });
    }
  }
  return {
    moved,
    list: (from: string | null) => ({
      sortedBy,
      async read({
        offset,
        limit,
        count,
      }: {
        offset: number;
        limit: number;
        count: boolean;
      }): Promise<ListPart> {
        const move = queue.shift();
        if (move !== undefined) change(move);
        const key = (row: Row) => (sortedBy === null ? row.id : `${row.modified} ${row.id}`);
        const sorted = living.toSorted((left, right) => (key(left) < key(right) ? -1 : 1));
        const whole = sorted.filter((row) => sortedBy === null || from === null || row.modified >= from);
        return {
          rows: whole.slice(offset, offset + limit),
          total: count ? whole.length : null,
          answeredAt: late,
        };
      },
    }),
  };
}

const anyMoves = fc.array(
  fc.record({
    op: fc.constantFrom("insert" as const, "delete" as const, "update" as const),
    where: fc.nat(2_000),
    many: fc.integer({ min: 0, max: 40 }),
  }),
  { maxLength: 12 },
);
const anyRows = fc
  .record({ count: fc.integer({ min: 0, max: 1_200 }), tied: fc.constantFrom(1, 10, 300, 2_000) })
  .map(({ count, tied }): Row[] =>
    Array.from({ length: count }, (_, index) => ({
      id: `${String.fromCharCode(97 + ((index * 7) % 26))}${index}`,
      modified: stamp(Math.floor(index / tied)),
    })),
  );

async function readAll(living: ReturnType<typeof livingList>, sortedBy: "modified" | null) {
  const read: Row[] = [];
  let place: Place = startOf(sortedBy === null ? null : stamp(0));
  for (let steps = 0; steps < 60; steps++) {
    // The place is stored between two steps.
    place = JSON.parse(JSON.stringify(place)) as Place;
    const step = await nextRows(living.list(place.from), place);
    if (step.outcome === "lost") return { read, outcome: "lost" };
    read.push(...(step.rows as Row[]));
    place = sortedBy === null ? step.place : rebased(step, (row) => (row as Row).modified);
    if (step.isLast) return { read, outcome: step.isProven ? "proven" : "ended" };
  }
  return { read, outcome: "endless" };
}

test.each(["modified", null] as const)(
  "whatever changes meanwhile, no row that stays is skipped or repeated (by %s)",
  async (sortedBy) => {
    await fc.assert(
      fc.asyncProperty(anyRows, anyMoves, async (rows, moves) => {
        const living = livingList(rows, moves, sortedBy);
        const { read, outcome } = await readAll(living, sortedBy);
        expect(outcome).not.toBe("endless");
        const stayed = rows.filter(({ id }) => !living.moved.has(id)).map(({ id }) => id);
        const seen = read.map((row) => `${row.id} ${row.modified}`);
        expect(new Set(seen).size).toBe(seen.length);
        if (outcome === "lost") return;
        const ids = new Set(read.map(({ id }) => id));
        expect(stayed.filter((id) => !ids.has(id))).toEqual([]);
      }),
      { numRuns: 150 },
    );
  },
);

test("a quiet list is read in as many requests as it has pages, and its count proves it", async () => {
  const rows = Array.from({ length: 600 }, (_, index) => ({ id: String(1_000 + index), modified: stamp(0) }));
  const { read, outcome } = await readAll(livingList(rows, [], null), null);
  expect(read).toEqual(rows);
  expect(outcome).toBe("proven");
});

test("a place that is gone from all pages around is lost, not guessed", async () => {
  const place: Place = { from: null, offset: 1_500, tail: ["gone"], total: 3_000 };
  const rows = Array.from({ length: 3_000 }, (_, index) => ({
    id: String(10_000 + index),
    modified: stamp(0),
  }));
  expect((await nextRows(livingList(rows, [], null).list(null), place)).outcome).toBe("lost");
});
