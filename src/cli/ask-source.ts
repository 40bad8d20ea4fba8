import type { IntentVerb } from "../ports/store.ts";
import { wireStore } from "../wire.ts";
import { actor, askOwner } from "./ask-owner.ts";
import { type ConfigOption, configOf } from "./options.ts";

/** `tidemark source <verb> <name>`: asks the source's owner, and waits until it is done. */
export async function askSource(
  verb: Exclude<IntentVerb, "approve" | "reject">,
  name: string,
  options: ConfigOption,
): Promise<number> {
  const store = wireStore(configOf(options));
  try {
    await store.checkSchema();
    const outcome = await askOwner(store, { source: name, verb, actor: actor() });
    if (outcome === null) return 1;
    console.log(`${name}: ${verb} ${outcome}`);
    return 0;
  } finally {
    await store.close();
  }
}
