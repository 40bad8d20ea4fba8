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
  let reads = 0;
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
    reads: () => reads,
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
        reads++;
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
const anyShape = fc.record({
  count: fc.integer({ min: 0, max: 1_200 }),
  tied: fc.constantFrom(1, 10, 300, 2_000),
});

function rowsOf({ count, tied }: { count: number; tied: number }): Row[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `${String.fromCharCode(97 + ((index * 7) % 26))}${index}`,
    modified: stamp(Math.floor(index / tied)),
  }));
}

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
      fc.asyncProperty(anyShape, anyMoves, async (shape, moves) => {
        const rows = rowsOf(shape);
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

test.each([
  ["by id", null],
  ["by time, most of it of one timestamp", "modified"],
] as const)(
  "a quiet list %s costs hardly more requests than it has pages, and its count proves it",
  async (_name, sortedBy) => {
    const rows = Array.from({ length: 4_000 }, (_, index) => ({
      id: String(10_000 + index),
      modified: stamp(index < 100 ? index : 100),
    }));
    const living = livingList(rows, [], sortedBy);
    const { read, outcome } = await readAll(living, sortedBy);
    expect(read).toEqual(rows);
    expect(outcome).toBe("proven");
    expect(living.reads()).toBe(17);
  },
);

test("a place that is gone from all pages around is lost, not guessed", async () => {
  const place: Place = { from: null, offset: 1_500, tail: ["gone"], total: 3_000 };
  const rows = Array.from({ length: 3_000 }, (_, index) => ({
    id: String(10_000 + index),
    modified: stamp(0),
  }));
  expect((await nextRows(livingList(rows, [], null).list(null), place)).outcome).toBe("lost");
});

test("when the row read last vanishes, the ones before it still show the place", async () => {
  const rows = Array.from({ length: 600 }, (_, index) => ({ id: String(1_000 + index), modified: stamp(0) }));
  const moves: Move[] = [
    { op: "insert", where: 0, many: 0 },
    { op: "delete", where: 249, many: 1 },
  ];
  const { read, outcome } = await readAll(livingList(rows, moves, null), null);
  expect(outcome).toBe("proven");
  expect(read).toEqual(rows);
});
