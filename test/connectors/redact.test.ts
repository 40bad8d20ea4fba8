import { expect, test } from "vitest";
import { redactor } from "../../src/connectors/redact.ts";

test.each([
  ["GET https://h/users/ann@example.com answered 404", "GET https://h/users/*** answered 404"],
  ['{"email":"ann.low+1@example.com","id":7}', '{"email":"***","id":7}'],
  ["no user <ann@example.com>, nor bo@example.com.", "no user <***>, nor ***"],
  ["https://h/a?mail=ann@example.com&x=1 @ noon", "https://h/a?mail=***&x=1 @ noon"],
])("a mail address is not shown: %s", (text, shown) => {
  expect(redactor([])(text)).toBe(shown);
});

test("a secret with an address in it leaves nothing behind", () => {
  expect(redactor(["ann@example.com:pass/word"])("as ann@example.com:pass/word")).toBe("as ***");
});

test("an endless text takes no time, and an address at its cut is not shown in part", () => {
  const shown = redactor([])(`${"a".repeat(490)} ann.low@example.com ${"a".repeat(10_000_000)}`);
  expect(shown).toBe(`${"a".repeat(490)} *** aaaaa…`);
});
