import { type JsonObject, type JsonValue, isJsonObject } from "./json.ts";

/** Members whose values are secrets, whatever the connector. */
const secretName = /key|token|secret|passw|passphrase|credential|authorization|cookie/i;
const reference = /^\$\{[^}]*\}$/;
const userInAddress = /\/\/[^/@\s]+@/g;

/** What stands in place of a secret. */
export const hiddenSecret = "(hidden)";

/** Settings as they may be shown: references stay, a secret that was written in their place does not. */
export function withoutSecrets(settings: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(settings).map(([member, value]) => [member, shown(value, secretName.test(member))]),
  );
}

function shown(value: JsonValue, isSecret: boolean): JsonValue {
  if (Array.isArray(value)) return value.map((one) => shown(one, isSecret));
  if (isJsonObject(value))
    return Object.fromEntries(
      Object.entries(value).map(([member, one]) => [member, shown(one, isSecret || secretName.test(member))]),
    );
  if (typeof value !== "string" || reference.test(value)) return value;
  return isSecret ? hiddenSecret : value.replaceAll(userInAddress, `//${hiddenSecret}@`);
}
