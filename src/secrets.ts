import { readFileSync } from "node:fs";
import { type JsonObject, type JsonValue, isJsonObject } from "./core/json.ts";

/** `${env:NAME}` or `${file:path}`, anywhere in a text. */
const reference = /\$\{(env|file):([^}]+)\}/g;

/** Settings with every reference replaced, and the texts that must never be logged. */
export interface Resolved {
  value: JsonValue;
  secrets: string[];
  /** One sentence for each reference that could not be read. */
  faults: string[];
}

/**
 * Replaces references to environment variables and files; only workers do this, and what they read is never stored or shown.
 * @param standIn Takes the place of what cannot be read, so that the rest can still be checked.
 */
export function resolveReferences(value: JsonValue, env: NodeJS.ProcessEnv, standIn = ""): Resolved {
  const secrets: string[] = [];
  const faults: string[] = [];

  const read = (kind: string, name: string): string => {
    const found = kind === "env" ? env[name] : readSecretFile(name);
    if (found === undefined || found === "") {
      faults.push(
        kind === "env"
          ? `environment variable ${name} is not set`
          : `file ${name} cannot be read or is empty`,
      );
      return standIn;
    }
    secrets.push(found);
    return found;
  };
  const resolve = (inner: JsonValue): JsonValue => {
    if (typeof inner === "string")
      return inner.replaceAll(reference, (_whole, kind: string, name: string) => read(kind, name));
    if (Array.isArray(inner)) return inner.map(resolve);
    if (!isJsonObject(inner)) return inner;
    const resolved: JsonObject = {};
    for (const [member, part] of Object.entries(inner)) resolved[member] = resolve(part);
    return resolved;
  };
  return { value: resolve(value), secrets, faults };
}

function readSecretFile(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trimEnd();
  } catch {
    return undefined;
  }
}
