import { durationText } from "../core/duration.ts";
import { canonicalJson } from "../core/canonical-json.ts";
import { type JsonObject, type JsonValue, isJsonObject } from "../core/json.ts";
import { hiddenSecret, withoutSecrets } from "../core/without-secrets.ts";
import type { SourceConfig } from "../ports/store.ts";

/** A setting of a source, named as in the file, before and after; null: it is not set. Secrets are hidden. */
export type SettingChange = { setting: string; from: JsonValue; to: JsonValue };

/** What is different between two configurations of a source. */
export function sourceChanges(before: SourceConfig, wanted: SourceConfig): SettingChange[] {
  const [was, becomes] = [asWritten(before), asWritten(wanted)];
  const [from, to] = [flat(was), flat(becomes)];
  const [shownFrom, shownTo] = [flat(withoutSecrets(was)), flat(withoutSecrets(becomes))];
  return [...new Set([...from.keys(), ...to.keys()])].flatMap((setting) => {
    // The database has its own order of members.
    if (canonicalJson(from.get(setting) ?? null) === canonicalJson(to.get(setting) ?? null)) return [];
    return [{ setting, from: shownFrom.get(setting) ?? null, to: shownTo.get(setting) ?? null }];
  });
}

/** A source as it stands in the file, defaults included. */
function asWritten(config: SourceConfig): JsonObject {
  const { everyMs, sweepEveryMs, lookBack, windows, budget, privacy } = config;
  const every: JsonObject =
    everyMs === null
      ? { every: durationText(sweepEveryMs) }
      : { every: durationText(everyMs), sweepEvery: durationText(sweepEveryMs) };
  return {
    ...every,
    lookBack:
      lookBack === null
        ? "off"
        : { every: durationText(lookBack.everyMs), window: durationText(lookBack.windowMs) },
    ...(windows === null
      ? {}
      : { windows: [...windows.passes], sweepWindows: [...windows.sweeps], timeZone: windows.timeZone }),
    topic: config.topic,
    compacted: config.compacted,
    budget: `${budget.requests} per ${durationText(budget.perMs)}`,
    deleteLimit: config.deleteLimit,
    insertLimit: config.insertLimit,
    rejectLimit: config.rejectLimit,
    drift: config.drift,
    ...(privacy === null ? {} : { privacy: { ...privacy, key: privacy.key ?? null } }),
    settings: config.settings,
  };
}

/** Every value by its dotted path; lists are values. */
function flat(value: JsonObject, path: readonly string[] = []): Map<string, JsonValue> {
  const values = new Map<string, JsonValue>();
  for (const [member, inner] of Object.entries(value)) {
    const at = [...path, member];
    if (isJsonObject(inner) && Object.keys(inner).length > 0)
      for (const [deeper, one] of flat(inner, at)) values.set(deeper, one);
    else values.set(at.join("."), inner);
  }
  return values;
}

/** A value for a person. */
export function settingText(value: JsonValue): string {
  if (value === null) return "not set";
  if (value === hiddenSecret) return hiddenSecret;
  return typeof value === "string" ? value : JSON.stringify(value);
}
