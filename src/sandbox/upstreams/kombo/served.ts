import { canonicalJson } from "../../../core/canonical-json.ts";
import type { JsonObject } from "../../../core/json.ts";
import type { Truth, Version } from "../truth.ts";
import type { KomboBehaviour } from "./behaviour.ts";

/** What stays of a user whose fields were nulled. */
const KEPT: readonly string[] = ["id"];
/** Linked data: it finds the user, but is not a change of the user's record. */
const LINKED: readonly string[] = ["system_roles"];

/** A user as Kombo serves it at some moment: a deleted one as it last was, and later without any data. */
export function servedUser(
  version: Version,
  { truth, behaviour, nowMs }: { truth: Truth; behaviour: KomboBehaviour; nowMs: number },
): Record<string, unknown> {
  const history = truth.history(version.id).slice(0, version.number);
  const last = history.findLast(({ json }) => json !== null) ?? version;
  const record = JSON.parse(last.json ?? "{}") as Record<string, unknown>;
  const isDeleted = version.op === "delete";
  const isWiped = isDeleted && nowMs >= version.atMs + behaviour.anonymizesAfterMs;
  const fields = isWiped
    ? Object.fromEntries(
        Object.entries(record).map(([name, value]) => [name, KEPT.includes(name) ? value : null]),
      )
    : record;
  return {
    ...fields,
    changed_at: new Date(isDeleted ? version.atMs : changedAtMs(history)).toISOString(),
    remote_deleted_at: isDeleted ? new Date(version.atMs).toISOString() : null,
  };
}

/** When something about the user last moved, its record or not: what `updated_after` is compared with. */
export function touchedAtMs({ op, atMs }: Version, behaviour: KomboBehaviour, nowMs: number): number {
  const wipedAtMs = atMs + behaviour.anonymizesAfterMs;
  return op === "delete" && nowMs >= wipedAtMs ? wipedAtMs : atMs;
}

function changedAtMs(history: readonly Version[]): number {
  const own = history.map(({ json }) => ownFields(json));
  const changed = history.findLastIndex((_version, index) => index === 0 || own[index] !== own[index - 1]);
  return history[changed]?.atMs ?? 0;
}

function ownFields(json: string | null): string | null {
  if (json === null) return null;
  const own = JSON.parse(json) as JsonObject;
  for (const name of LINKED) delete own[name];
  return canonicalJson(own);
}
