import type { IntentVerb } from "../ports/store.ts";
import { wireStore } from "../wire.ts";
import { actor, askOwner } from "./ask-owner.ts";
import { type ConfigOption, configOf } from "./options.ts";

/** `tidemark source <verb> <name>`: asks the source's owner, and waits until it is done. */
export async function askSource(
  verb: Extract<IntentVerb, "resume" | "poll" | "sweep">,
  name: string,
  options: ConfigOption,
): Promise<number> {
  const store = wireStore(configOf(options));
  try {
    await store.checkSchema();
    const done = await askOwner(store, { source: name, verb, actor: actor() });
    if (done === null) return 1;
    console.log(`${name}: ${verb} ${done.outcome}`);
    return 0;
  } finally {
    await store.close();
  }
}
