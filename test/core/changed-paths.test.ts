import * as fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalJson } from "../../src/core/canonical-json.ts";
import { changedPaths } from "../../src/core/changed-paths.ts";
import type { JsonObject } from "../../src/core/json.ts";
import { anyJsonObject, withMembersReversed } from "./any-json.ts";

const cases: [what: string, before: JsonObject, after: JsonObject, volatile: string[], changed: string[]][] =
  [
    ["a member that differs", { a: 1, b: 1 }, { a: 2, b: 1 }, [], ["a"]],
    ["a member that came and one that went", { a: 1 }, { b: 1 }, [], ["a", "b"]],
    [
      "the members inside an object",
      { a: { b: { c: 1 }, d: 1 } },
      { a: { b: { c: 2 }, d: 1 } },
      [],
      ["a.b.c"],
    ],
    ["a list as a whole", { a: [1, { b: 1 }] }, { a: [1, { b: 2 }] }, [], ["a"]],
    ["an object that became something else", { a: { b: 1 } }, { a: [1] }, [], ["a"]],
    ["an object that was empty and is gone", { a: {} }, {}, [], ["a"]],
    [
      "several, sorted",
      { z: 1, a: 1, m: { b: 1, a: 1 } },
      { z: 2, a: 2, m: { b: 2, a: 2 } },
      [],
      ["a", "m.a", "m.b", "z"],
    ],
    ["null and false as different", { a: null }, { a: false }, [], ["a"]],
    ["no volatile member", { a: 1, b: 1 }, { a: 2, b: 2 }, ["b"], ["a"]],
    ["nothing inside a volatile member", { a: { b: 1 } }, { a: { b: 2 } }, ["a"], []],
    ["what only begins like a volatile member", { ab: 1 }, { ab: 2 }, ["a"], ["ab"]],
    [
      "a member called like one of Object's own",
      {},
      { constructor: 1, toString: 2 },
      [],
      ["constructor", "toString"],
    ],
    [
      "a member called __proto__",
      {},
      JSON.parse('{"__proto__":{"isAdmin":true}}') as JsonObject,
      [],
      ["__proto__"],
    ],
  ];

test.each(cases)("the changed paths name %s", (_what, before, after, volatile, changed) => {
  expect(changedPaths(before, after, volatile)).toEqual(changed);
});

test("two objects differ if and only if a path does", () => {
  fc.assert(
    fc.property(anyJsonObject, anyJsonObject, (before, after) => {
      const isSame = canonicalJson(before) === canonicalJson(after);
      expect(changedPaths(before, after, []).length === 0).toBe(isSame);
    }),
  );
});

test("the order of members never matters", () => {
  fc.assert(
    fc.property(anyJsonObject, (value) => {
      expect(changedPaths(value, withMembersReversed(value) as JsonObject, [])).toEqual([]);
    }),
  );
});

test("there and back name the same paths", () => {
  fc.assert(
    fc.property(anyJsonObject, anyJsonObject, (before, after) => {
      expect(changedPaths(before, after, [])).toEqual(changedPaths(after, before, []));
    }),
  );
});
