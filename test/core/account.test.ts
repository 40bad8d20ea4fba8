import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { accountDocument, maxIdLength, whyNotAnId } from "../../src/core/account.ts";
import { canonicalJson } from "../../src/core/canonical-json.ts";
import { type JsonObject, type JsonValue, isJsonObject } from "../../src/core/json.ts";
import { anyJsonObject } from "./any-json.ts";

describe("an account document", () => {
  test("fills in what the connector could not map", () => {
    expect(accountDocument({ id: "7", email: "ann@acme.test", status: "active" }, {})).toEqual({
      id: "7",
      userName: null,
      displayName: null,
      givenName: null,
      familyName: null,
      email: "ann@acme.test",
      status: "active",
      kind: "unknown",
      createdAt: null,
      updatedAt: null,
      attributes: {},
    });
  });

  test("does not tell null and absent attributes apart, at any depth", () => {
    fc.assert(
      fc.property(anyJsonObject, fc.string(), (attributes, name) => {
        const plain = accountDocument({ id: "7" }, withoutNulls(attributes));
        const withNulls = accountDocument({ id: "7" }, withNullBeside(attributes, name));
        expect(canonicalJson(asJson(withNulls))).toBe(canonicalJson(asJson(plain)));
      }),
    );
  });

  test("keeps the nulls of a list, where they have a place", () => {
    expect(accountDocument({ id: "7" }, { list: [1, null, { a: null }] }).attributes).toEqual({
      list: [1, null, {}],
    });
  });

  test("keeps an attribute called __proto__ as an attribute", () => {
    const attributes = JSON.parse('{"__proto__":{"isAdmin":true}}') as JsonObject;
    const { attributes: kept } = accountDocument({ id: "7" }, attributes);
    expect(JSON.stringify(kept)).toBe('{"__proto__":{"isAdmin":true}}');
    expect(kept["isAdmin"]).toBeUndefined();
  });
});

describe("an account id", () => {
  test.each([
    ["a number", 7, "the item has no id"],
    ["nothing", undefined, "the item has no id"],
    ["empty", "", "the item's id is empty"],
    ["too long", "x".repeat(maxIdLength + 1), "the item's id is longer than 512 characters"],
    ["with a NUL character", "a\u0000b", "the item's id contains a NUL character"],
    ["with half a character", "a\ud83d", "the item's id is not well-formed Unicode"],
  ])("that is %s is refused", (_what, id, reason) => {
    expect(whyNotAnId(id)).toBe(reason);
  });

  test.each(["7", "x".repeat(maxIdLength), "ann/smith", " ", "😀"])("may be %j", (id) => {
    expect(whyNotAnId(id)).toBeNull();
  });
});

function asJson(value: object): JsonValue {
  return value as JsonValue;
}

function withoutNulls(value: JsonObject): JsonObject {
  return JSON.parse(JSON.stringify(value, (_member, inner: JsonValue) => dropNulls(inner))) as JsonObject;
}

function dropNulls(value: JsonValue): JsonValue {
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== null));
}

/** The same object with one more member, null, in it and in every object inside it. */
function withNullBeside(value: JsonObject, name: string): JsonObject {
  const text = JSON.stringify(value, (_member, inner: JsonValue) =>
    isJsonObject(inner) && !Object.hasOwn(inner, name)
      ? Object.fromEntries([...Object.entries(inner), [name, null]])
      : inner,
  );
  return JSON.parse(text) as JsonObject;
}
