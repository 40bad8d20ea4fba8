import * as fc from "fast-check";
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { type AccountDocument, accountDocument } from "../../src/core/account.ts";
import { fingerprint } from "../../src/core/fingerprint.ts";
import { type JsonObject, type JsonValue, isJsonObject } from "../../src/core/json.ts";
import { anyJson, anyJsonObject, withMembersReversed } from "./any-json.ts";

function documentWith(attributes: JsonObject): AccountDocument {
  return accountDocument({ id: "7" }, attributes);
}

test("the text is the canonical document and the hash the first 16 bytes of its SHA-256", () => {
  const text =
    '{"attributes":{"title":"Ärztin"},"createdAt":null,"displayName":null,"email":null,"familyName":null,' +
    '"givenName":null,"id":"7","kind":"unknown","status":"unknown","updatedAt":null,"userName":null}';
  expect(fingerprint(documentWith({ title: "Ärztin" }), [])).toEqual({
    text,
    hash: createHash("sha256").update(text, "utf8").digest().subarray(0, 16).toString("hex"),
  });
});

test("the hash never changes between versions: stored ones would all differ", () => {
  expect(fingerprint(documentWith({}), []).hash).toBe("2a753d7e71c6489377c92377b88cba20");
});

test("null and absent attributes do not differ, at any depth", () => {
  fc.assert(
    fc.property(anyJsonObject, fc.string(), (attributes, name) => {
      const plain = documentWith(withoutNulls(attributes));
      const withNulls = documentWith(withNullBeside(attributes, name));
      expect(fingerprint(withNulls, [])).toEqual(fingerprint(plain, []));
    }),
  );
});

test("the nulls of a list stay, where they have a place", () => {
  const { text } = fingerprint(documentWith({ list: [1, null, { a: null }] }), []);
  expect(text).toContain('"attributes":{"list":[1,null,{}]}');
});

test("the order of members never matters", () => {
  fc.assert(
    fc.property(anyJsonObject, (attributes) => {
      const document = documentWith(attributes);
      const reversed = withMembersReversed(document as unknown as JsonValue) as unknown as AccountDocument;
      expect(fingerprint(reversed, ["attributes.a"])).toEqual(fingerprint(document, ["attributes.a"]));
    }),
  );
});

test("a volatile member stays in the text but makes no difference to the hash", () => {
  fc.assert(
    fc.property(anyJsonObject, anyJson, (attributes, photo) => {
      const without = documentWith({ ...attributes, nested: { kept: 1 } });
      const withPhoto = documentWith({ ...attributes, nested: { kept: 1, photo } });
      expect(fingerprint(withPhoto, ["attributes.nested.photo"])).toEqual({
        text: fingerprint(withPhoto, []).text,
        hash: fingerprint(without, []).hash,
      });
    }),
  );
});

test("members beside a volatile one make a difference, also where its path leads nowhere", () => {
  const hashOf = (attributes: JsonObject) =>
    fingerprint(documentWith(attributes), ["attributes.photo.url", "attributes.list.0", "updatedAt"]).hash;
  expect(hashOf({ photo: { url: 1, size: 1 } })).not.toBe(hashOf({ photo: { url: 1, size: 2 } }));
  expect(hashOf({ photo: "one" })).not.toBe(hashOf({ photo: "two" }));
  expect(hashOf({ list: [1] })).not.toBe(hashOf({ list: [2] }));
});

test("a document is not changed by being fingerprinted", () => {
  const document = documentWith({ photo: { url: "x" } });
  fingerprint(document, ["attributes.photo.url"]);
  expect(document).toEqual(documentWith({ photo: { url: "x" } }));
});

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
