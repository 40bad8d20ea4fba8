import { SourceHaltedError } from "./core/errors.ts";
import { type Privacy, compilePrivacy } from "./core/privacy.ts";
import type { Source } from "./ports/store.ts";
import { resolveReferences } from "./secrets.ts";

/** Shorter keys could be found by trying. */
const leastKeyLength = 16;

/**
 * The privacy rules of a source with their key, null when it has none, and the texts that must never be logged.
 * @throws SourceHaltedError `TIDEMARK_SOURCE_SETTINGS` when the key cannot be read, or is too short
 */
export function sourcePrivacy(
  { privacy: rules }: Pick<Source, "privacy">,
  env: NodeJS.ProcessEnv,
): { privacy: Privacy | null; secrets: string[] } {
  if (rules === null) return { privacy: null, secrets: [] };
  if (rules.key === undefined) return { privacy: compilePrivacy(rules, null), secrets: [] };
  const { value, secrets, faults } = resolveReferences({ "privacy.key": rules.key }, env);
  const key = (value as { "privacy.key": string })["privacy.key"];
  if (faults.length === 0 && key.length < leastKeyLength)
    faults.push(`privacy.key: it must have at least ${leastKeyLength} characters`);
  if (faults.length > 0) throw new SourceHaltedError("TIDEMARK_SOURCE_SETTINGS", faults.join("; "));
  return { privacy: compilePrivacy(rules, key), secrets };
}
