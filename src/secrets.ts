import { readFileSync } from "node:fs";
import { type JsonObject, type JsonValue, isJsonObject } from "./core/json.ts";

/** Anything in `${…}`, anywhere in a text. */
const reference = /\$\{([^}]*)\}/g;
const readable = /^(env|file):(.+)$/;

/** Settings with every reference replaced, and the texts that must never be logged. */
export interface Resolved {
  value: JsonValue;
  secrets: string[];
  /** One sentence for each reference that could not be read, beginning with the path of its setting. */
  faults: string[];
}

/**
 * Replaces references (`${env:NAME}`, `${file:path}`); only workers do this, and what they read is never stored or shown.
 * @param standIn Takes the place of what cannot be read, which is no fault then: the rest can be checked anywhere.
 */
export function resolveReferences(value: JsonValue, env: NodeJS.ProcessEnv, standIn?: string): Resolved {
  const secrets: string[] = [];
  const faults: string[] = [];

  const read = (inner: string, at: string): string => {
    const [, kind, name = ""] = readable.exec(inner) ?? [];
    if (kind === undefined) {
      faults.push(`${at}: \${${inner}} is no reference; write \${env:NAME} or \${file:path}`);
      return standIn ?? "";
    }
    const found = kind === "env" ? env[name] : readSecretFile(name);
    if (found !== undefined && found !== "") {
      secrets.push(found);
      return found;
    }
    if (standIn === undefined) faults.push(`${at}: ${nothingIn(kind, name)}`);
    return standIn ?? "";
  };
  const resolve = (inner: JsonValue, path: readonly string[]): JsonValue => {
    if (typeof inner === "string")
      return inner.replaceAll(reference, (_whole, name: string) => read(name, path.join(".")));
    if (Array.isArray(inner)) return inner.map((part, index) => resolve(part, [...path, String(index)]));
    if (!isJsonObject(inner)) return inner;
    const resolved: JsonObject = {};
    for (const [member, part] of Object.entries(inner)) resolved[member] = resolve(part, [...path, member]);
    return resolved;
  };
  return { value: resolve(value, []), secrets, faults };
}

function nothingIn(kind: string, name: string): string {
  return kind === "env"
    ? `environment variable ${name} is not set`
    : `file ${name} cannot be read or is empty`;
}

function readSecretFile(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trimEnd();
  } catch {
    return undefined;
  }
}
