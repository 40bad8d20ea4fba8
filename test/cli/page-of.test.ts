import { expect, it } from "vitest";
import { pageOf } from "../../src/cli/page-of.ts";

it.each([
  [[], [], false],
  [["3", "2"], ["3", "2"], false],
  [["3", "2", "1"], ["3", "2"], true],
])("of %j it shows two: %j; there are older ones: %s", (rows, shown, hasOlder) => {
  expect(pageOf(rows, 2)).toEqual({ shown, hasOlder });
});
