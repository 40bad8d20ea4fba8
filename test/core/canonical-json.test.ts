import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalJson } from "../../src/core/canonical-json.ts";
import type { JsonValue } from "../../src/core/json.ts";
import { anyJson, withMembersReversed } from "./any-json.ts";

test("members are sorted by UTF-16 code units, at every depth, without white space", () => {
  const value = { b: [{ z: 1, a: null }], ä: 1, "\u{1f600}": 2, "\uffee": 3, B: true, "10": 1, "9": 2 };
  expect(canonicalJson(value)).toBe(
    '{"10":1,"9":2,"B":true,"b":[{"a":null,"z":1}],"ä":1,"\u{1f600}":2,"\uffee":3}',
  );
});

test("a member whose value is undefined is left out, wherever it stands", () => {
  const value = { a: undefined, b: 1, c: undefined } as unknown as JsonValue;
  expect(canonicalJson(value)).toBe('{"b":1}');
});

test("the order of members never matters, the order of items does", () => {
  fc.assert(
    fc.property(anyJson, (value) => {
      expect(canonicalJson(withMembersReversed(value))).toBe(canonicalJson(value));
    }),
  );
  expect(canonicalJson([1, 2])).not.toBe(canonicalJson([2, 1]));
});

test("what is read back is the same value, and gives the same text again", () => {
  fc.assert(
    fc.property(anyJson, (value) => {
      const text = canonicalJson(value);
      const readBack = JSON.parse(text) as JsonValue;
      expect(readBack).toEqual(JSON.parse(JSON.stringify(value)));
      expect(canonicalJson(readBack)).toBe(text);
    }),
  );
});

test("different values have different texts", () => {
  fc.assert(
    fc.property(anyJson, anyJson, (one, other) => {
      const [left, right] = [one, other].map((value) => JSON.parse(canonicalJson(value)) as JsonValue);
      const isSame = isDeepStrictEqual(left, right);
      expect(canonicalJson(one) === canonicalJson(other)).toBe(isSame);
    }),
  );
});

test("the text can be stored by Postgres: well-formed Unicode without NUL characters", () => {
  fc.assert(
    fc.property(anyJson, (value) => {
      const text = canonicalJson(value);
      expect(text.isWellFormed()).toBe(true);
      expect(text).not.toContain("\u0000");
    }),
  );
  expect(canonicalJson("\u0000 \ud800")).toBe(String.raw`"\u0000 \ud800"`);
});
