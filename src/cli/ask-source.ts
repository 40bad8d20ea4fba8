import { setTimeout as delay } from "node:timers/promises";
import type { IntentVerb } from "../ports/store.ts";
import { wireStore } from "../wire.ts";
import { noSuchSource } from "./no-such-source.ts";
import { type ConfigOption, configOf } from "./options.ts";

const patienceMs = 20_000;
/** A worker that has not been seen for so long has lost its shards. */
const workerLifeMs = 15_000;

/** `tidemark source <verb> <name>`: asks the source's owner, and waits until it is done. */
export async function askSource(verb: IntentVerb, name: string, options: ConfigOption): Promise<number> {
  const config = configOf(options);
  const store = wireStore(config);
  try {
    await store.checkSchema();
    const { workers, sources } = await store.overview();
    const names = sources.map((source) => source.name);
    const id = await store.askIntent({ source: name, verb, actor: process.env["USER"] ?? "cli" });
    if (id === null) throw noSuchSource(name, names);
    if (workers.every(({ seenAgeMs }) => seenAgeMs > workerLifeMs)) {
      console.error("tidemark: no worker is running; it will be done as soon as one does.");
      return 1;
    }
    const deadline = performance.now() + patienceMs;
    while (performance.now() < deadline) {
      const intent = await store.intent(id);
      if (intent !== null && intent.doneAt !== null) {
        console.log(`${name}: ${verb} ${intent.outcome ?? "done"}`);
        return 0;
      }
      await delay(200);
    }
    console.error(
      "tidemark: the worker has not done it yet: the source is busy. It stays asked for. (tidemark status)",
    );
    return 1;
  } finally {
    await store.close();
  }
}
