import { ConfigError } from "../core/errors.ts";
import { nearestName } from "../core/faults.ts";
import type { Store } from "../ports/store.ts";

/** What to say about a source's name that is none of these. */
export function noSuchSource(name: string, sources: readonly { name: string }[]): ConfigError {
  const known = sources.map((source) => source.name);
  const near = nearestName(name, known);
  const hint =
    near !== null
      ? `; did you mean ${near}? (tidemark source list)`
      : known.length === 0
        ? ": there are none yet, run tidemark apply"
        : `; known are ${known.join(", ")}. (tidemark source list)`;
  return new ConfigError("TIDEMARK_USAGE", [`there is no source ${name}${hint}`]);
}

/** The same, where the sources have yet to be looked up. */
export async function unknownSource(store: Store, name: string): Promise<ConfigError> {
  return noSuchSource(name, (await store.overview()).sources);
}
