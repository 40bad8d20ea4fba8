import { hash } from "node:crypto";
import { type AccountDocument, type Observation, upstreamTimeOf } from "./account.ts";
import { canonicalJson, canonicalJsonWithoutNulls } from "./canonical-json.ts";
import { type JsonObject, type JsonValue, isJsonObject } from "./json.ts";

/** A document as it is stored and published, and what it is compared by. */
export interface Fingerprint {
  /** Canonical JSON of the whole document. */
  text: string;
  /** First 16 bytes of SHA-256 over the canonical JSON without volatile members: 32 hex digits. */
  hash: string;
}

/** An observation whose document is text by now; the object, which takes several times the memory, is not needed any more. */
export type FingerprintedObservation =
  | Exclude<Observation, { document: AccountDocument }>
  | ({
      id: string;
      /** When the upstream says it changed: ISO-8601 UTC, or null. */
      upstreamTime: string | null;
    } & Fingerprint);

/** @param volatile see `fingerprint` */
export function fingerprintObservation(
  observation: Observation,
  volatile: readonly string[],
): FingerprintedObservation {
  if (!("document" in observation)) return observation;
  const { id, document } = observation;
  return { id, upstreamTime: upstreamTimeOf(document), ...fingerprint(document, volatile) };
}

/**
 * Serialises a document once and fingerprints it.
 * @param volatile Dotted paths of members that must not make a difference, such as `attributes.photoUrl`.
 */
export function fingerprint(document: AccountDocument, volatile: readonly string[]): Fingerprint {
  const text = documentText(document);
  const compared = withoutPaths(document as unknown as JsonObject, volatile) as unknown as AccountDocument;
  return { text, hash: sha256Prefix(compared === document ? text : documentText(compared)) };
}

/** The common members are always there, null or not; attributes are there when they are not null. */
function documentText({ attributes, ...common }: AccountDocument): string {
  return `{"attributes":${canonicalJsonWithoutNulls(attributes)},${canonicalJson(common).slice(1)}`;
}

/** The same object when none of the paths exists in it, else a copy without them. */
function withoutPaths(value: JsonObject, paths: readonly string[]): JsonObject {
  let result = value;
  for (const path of paths) result = withoutPath(result, path.split("."));
  return result;
}

function withoutPath(value: JsonObject, [member, ...rest]: string[]): JsonObject {
  if (member === undefined || !Object.hasOwn(value, member)) return value;
  if (rest.length === 0) {
    const { [member]: _removed, ...kept } = value;
    return kept;
  }
  const inner: JsonValue | undefined = value[member];
  if (!isJsonObject(inner)) return value;
  const changed = withoutPath(inner, rest);
  return changed === inner ? value : { ...value, [member]: changed };
}

function sha256Prefix(text: string): string {
  return hash("sha256", text, "hex").slice(0, 32);
}
