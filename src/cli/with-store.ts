import type { Store } from "../ports/store.ts";
import { wireStore } from "../wire.ts";
import { type ConfigOption, type OutputOption, configOf, isJson } from "./options.ts";

/** Does something with the database that the configuration names, and closes it. A wrong output format is refused before anything is asked for. */
export async function withStore(
  options: ConfigOption & OutputOption,
  act: (store: Store) => Promise<number>,
): Promise<number> {
  isJson(options);
  const store = wireStore(configOf(options));
  try {
    await store.checkSchema();
    return await act(store);
  } finally {
    await store.close();
  }
}
