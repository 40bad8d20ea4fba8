import * as fc from "fast-check";
import { type JsonObject, type JsonValue, isJsonObject } from "../../src/core/json.ts";

/** Any JSON value, member names such as `__proto__` and lone surrogates included. */
export const anyJson = fc.jsonValue({ maxDepth: 4, stringUnit: "binary" }) as fc.Arbitrary<JsonValue>;

/** Any JSON object. */
export const anyJsonObject = fc.dictionary(fc.string(), anyJson, { maxKeys: 5 }) as fc.Arbitrary<JsonObject>;

/** The same value with the members of every object in the opposite order. */
export function withMembersReversed(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(withMembersReversed);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([member, inner]) => [member, withMembersReversed(inner)]),
  );
}
