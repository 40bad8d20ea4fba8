import { ConfigError } from "../core/errors.ts";
import { nearestName } from "../core/faults.ts";
import type { Store } from "../ports/store.ts";

/** What to say about a source's name that the database does not know. */
export function noSuchSource(name: string, known: readonly string[]): ConfigError {
  const near = nearestName(name, known);
  const hint =
    near !== null
      ? `; did you mean ${near}?`
      : known.length === 0
        ? ": there are none yet, run tidemark apply"
        : `; known are ${known.join(", ")}`;
  return new ConfigError("TIDEMARK_USAGE", [`there is no source ${name}${hint}`]);
}

/** The same, where the names that are known have yet to be looked up. */
export async function unknownSource(store: Store, name: string): Promise<ConfigError> {
  const { sources } = await store.overview();
  const known = sources.map((source) => source.name);
  return noSuchSource(name, known);
}
