import { setTimeout as delay } from "node:timers/promises";
import { ConfigError } from "../core/errors.ts";
import type { IntentVerb } from "../ports/store.ts";
import { wireStore } from "../wire.ts";
import { type ConfigOption, configOf } from "./options.ts";

const patienceMs = 20_000;

/** `tidemark source <verb> <name>`: asks the source's owner, and waits until it is done. */
export async function askSource(verb: IntentVerb, name: string, options: ConfigOption): Promise<number> {
  const config = configOf(options);
  const store = wireStore(config);
  try {
    const id = await store.askIntent({ source: name, verb, actor: process.env["USER"] ?? "cli" });
    if (id === null) {
      const known = Object.keys(config.sources).join(", ");
      throw new ConfigError("TIDEMARK_USAGE", [
        `there is no source ${name}${known === "" ? "" : `; the file has ${known}`}`,
      ]);
    }
    const deadline = Date.now() + patienceMs;
    while (Date.now() < deadline) {
      const intent = await store.intent(id);
      if (intent !== null && intent.doneAt !== null) {
        console.log(`${name}: ${verb} ${intent.outcome ?? "done"}`);
        return 0;
      }
      await delay(200);
    }
    console.error(
      `tidemark: no worker has carried this out yet; it stays asked for and is done as soon as one does. Is one running? (tidemark status)`,
    );
    return 1;
  } finally {
    await store.close();
  }
}
