import * as fc from "fast-check";
import { expect, test } from "vitest";
import { itemId } from "../../src/sdk/item-id.ts";
import { lookUp } from "../../src/connectors/look-up.ts";
import type { JsonValue } from "../../src/core/json.ts";

const letters = Array.from("abcdefghijklmnop");
const row = (id: string) => ({ id });

/** A list of accounts that can be filtered by ids. */
function listOf(
  living: readonly string[],
  answer: (asked: readonly string[]) => JsonValue[] = (asked) =>
    living.filter((id) => asked.includes(id)).map(row),
  isWhole = true,
) {
  const sizes: number[] = [];
  return {
    sizes,
    list: {
      idsAtOnce: 4,
      witness: async () => living[0] ?? null,
      async find(asked: readonly string[]) {
        sizes.push(asked.length);
        return { rows: answer(asked), isWhole };
      },
      idOf: (one: JsonValue) => itemId(one).id,
      observe: (id: string) => ({ id, present: true as const }),
    },
  };
}

test("every id is told once, and no request names more than allowed", async () => {
  const anyIds = fc.uniqueArray(fc.constantFrom(...letters));
  await fc.assert(
    fc.asyncProperty(
      anyIds,
      fc.uniqueArray(fc.constantFrom(...letters.slice(0, 8)), { minLength: 1 }),
      async (ids, living) => {
        const { list, sizes } = listOf(living);
        const { observations } = await lookUp(ids, list);
        expect(observations).toEqual(
          ids.map((id) => (living.includes(id) ? { id, present: true } : { id, gone: true, at: null })),
        );
        expect(sizes.every((size) => size <= 4)).toBe(true);
      },
    ),
  );
});

test.each<[string, (asked: readonly string[]) => JsonValue[], boolean]>([
  ["lacks the witness", (asked) => asked.filter((id) => id !== "a").map(row), true],
  ["is empty", () => [], true],
  ["shows others", () => [row("a"), row("z")], true],
  ["shows an account without id", () => [row("a"), {}], true],
  ["shows something that is no account", () => [row("a"), null], true],
  ["is not whole", () => [row("a")], false],
])("an answer that %s is not believed", async (_name, answer, isWhole) => {
  await expect(lookUp(["b", "c"], listOf(["a", "b"], answer, isWhole).list)).rejects.toMatchObject({
    code: "TIDEMARK_UPSTREAM_UNAVAILABLE",
  });
});

test("without a witness nobody is gone", async () => {
  expect(await lookUp(["b", "c"], listOf([]).list)).toEqual({ observations: [], rejected: [] });
});
