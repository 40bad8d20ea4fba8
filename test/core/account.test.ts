import { describe, expect, test } from "vitest";
import { accountDocument, maxIdLength, whyNotAnId } from "../../src/core/account.ts";
import type { JsonObject } from "../../src/core/json.ts";

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
    ["with a NUL character", "a\u0000b", "the item's id contains a control character"],
    ["with the separator of columns", "a\u001fb", "the item's id contains a control character"],
    ["with half a character", "a\ud83d", "the item's id is not well-formed Unicode"],
  ])("that is %s is refused", (_what, id, reason) => {
    expect(whyNotAnId(id)).toBe(reason);
  });

  test.each(["7", "x".repeat(maxIdLength), "ann/smith", " ", "😀"])("may be %j", (id) => {
    expect(whyNotAnId(id)).toBeNull();
  });
});
