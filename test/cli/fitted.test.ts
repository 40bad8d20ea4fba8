import { expect, test } from "vitest";
import { fitted } from "../../src/cli/fitted.ts";

test("a line that is too long is broken, and goes on below its beginning", () => {
  expect(fitted("short\n  one two three\n  - one two three", 10)).toBe(
    "short\n  one two\n  three\n  - one\n    two\n    three",
  );
});

test("the command that ends such a line has one of its own, to be copied", () => {
  const said = "tidemark: acme-hr: the cursor has moved; look again: tidemark cursor show acme-hr";
  expect(fitted(said)).toBe(
    "tidemark: acme-hr: the cursor has moved; look again:\n  tidemark cursor show acme-hr",
  );
  expect(fitted(said, 100)).toBe(said);
});
