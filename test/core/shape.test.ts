import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../src/core/json.ts";
import {
  emptyShape,
  findDrift,
  learn,
  maxPaths,
  pathText,
  type Shape,
  shapeJson,
  shapeOf,
} from "../../src/core/shape.ts";
import { anyJson } from "./any-json.ts";

function shapeFrom(...documents: JsonObject[]): Shape {
  return documents.reduce((shape, members) => learn(shape, findDrift(shape, members)).shape, emptyShape());
}

/** `path type` of everything new in a document. */
function driftOf(shape: Shape, members: JsonObject): string[] {
  return findDrift(shape, members).map(({ path, type }) => `${pathText(path)} ${type}`);
}

describe("a document is compared with a shape", () => {
  const shape = shapeFrom({
    name: "Ann",
    level: 3,
    manager: { id: "1" },
    groups: [{ id: 1, tags: ["x"] }, { name: "b" }],
    empty: [],
  });

  test.each<[string, JsonObject, string[]]>([
    ["which it fits", { name: "Bob", level: 4, manager: { id: "2" }, groups: [], empty: [] }, []],
    ["of which it has less", {}, []],
    ["a null is no type", { name: null, level: null, unknown: null, groups: [null] }, []],
    ["a new member", { title: "Dr" }, ["attributes.title string"]],
    ["another type", { level: "4" }, ["attributes.level string"]],
    [
      "a new member of a member, and what it has itself",
      { manager: { since: { year: 2020 } } },
      ["attributes.manager.since object", "attributes.manager.since.year number"],
    ],
    [
      "an object in place of a text",
      { name: { first: "A" } },
      ["attributes.name object", "attributes.name.first string"],
    ],
    ["elements are all one", { groups: [{ id: 2, name: "c", tags: ["y"] }] }, []],
    ["another type in an element", { groups: [{ tags: [true] }] }, ["attributes.groups.*.tags.* boolean"]],
    ["an element of an array that was empty", { empty: [1] }, ["attributes.empty.* number"]],
    [
      "names of everybody's prototype",
      { constructor: 1, toString: "x" },
      ["attributes.constructor number", "attributes.toString string"],
    ],
  ])("%s", (_what, members, drift) => {
    expect(driftOf(shape, members)).toEqual(drift);
  });
});

test("what was learned is known, whatever it was, also after it was stored", () => {
  fc.assert(
    fc.property(fc.array(fc.dictionary(fc.string(), anyJson), { maxLength: 4 }), (documents) => {
      const shape = shapeFrom(...(documents as JsonObject[]));
      const stored = shapeOf(JSON.parse(JSON.stringify(shapeJson(shape))));
      expect(stored.paths).toBe(shape.paths);
      for (const members of documents as JsonObject[]) {
        expect(findDrift(shape, members)).toEqual([]);
        expect(findDrift(stored, members)).toEqual([]);
      }
    }),
  );
});

test("a member may have any name", () => {
  const members = JSON.parse('{"__proto__": {"a.b": 1}, "a": {"b": "x"}}') as JsonObject;
  const shape = shapeOf(JSON.parse(JSON.stringify(shapeJson(shapeFrom(members)))));
  expect(findDrift(shape, members)).toEqual([]);
  expect(driftOf(shape, { a: { b: 1 } })).toEqual(["attributes.a.b number"]);
});

test("learning tells what was really new, once, with the types that were known, and leaves the shape that it began with", () => {
  const before = shapeFrom({ level: 3 });
  const { shape, learned } = learn(before, findDrift(before, { level: "x", tags: [1, 2, "c"] }));
  expect(learned.map(({ path, type, known }) => [pathText(path), type, known])).toEqual([
    ["attributes.level", "string", ["number"]],
    ["attributes.tags", "array", []],
    ["attributes.tags.*", "number", []],
    ["attributes.tags.*", "string", ["number"]],
  ]);
  expect(learn(shape, findDrift(before, { level: "x" })).learned).toEqual([]);
  expect(driftOf(before, { level: "x" })).toEqual(["attributes.level string"]);
});

test("members that are named by chance do not fill the memory: a full shape knows no further paths, and notices none", () => {
  const many = Object.fromEntries(Array.from({ length: maxPaths + 500 }, (_, index) => [`m${index}`, index]));
  expect(findDrift(emptyShape(), many)).toHaveLength(maxPaths);
  const shape = shapeFrom(many, { more: { and: "more" } });
  expect(shape.paths).toBe(maxPaths);
  expect(driftOf(shape, { more: 1, m2400: 3 })).toEqual([]);
  expect(driftOf(shape, { m1: "another type" })).toEqual(["attributes.m1 string"]);
});
