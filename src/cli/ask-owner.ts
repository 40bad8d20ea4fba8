import { setTimeout as delay } from "node:timers/promises";
import type { AskedIntent, Intent, Store } from "../ports/store.ts";
import { noSuchSource } from "./no-such-source.ts";

const patienceMs = 20_000;
/** A worker that has not been seen for so long has lost its shards. */
const workerLifeMs = 15_000;

/** Who asks, as it is recorded. */
export function actor(): string {
  return process.env["USER"] ?? "cli";
}

/**
 * Asks the owner of a source for something, and waits until it is done.
 * @returns it with what came of it; null when it is not done yet, which a person was told.
 * @throws ConfigError when there is no such source
 */
export async function askOwner(store: Store, intent: AskedIntent): Promise<Intent | null> {
  const { workers, sources } = await store.overview();
  const id = await store.askIntent(intent);
  if (id === null)
    throw noSuchSource(
      intent.source,
      sources.map(({ name }) => name),
    );
  if (workers.every(({ seenAgeMs }) => seenAgeMs > workerLifeMs)) {
    console.error("tidemark: no worker is running; it will be done as soon as one does.");
    return null;
  }
  const deadline = performance.now() + patienceMs;
  while (performance.now() < deadline) {
    const asked = await store.intent(id);
    if (asked !== null && asked.doneAt !== null) return asked;
    await delay(200);
  }
  console.error(
    "tidemark: the worker has not done it yet: the source is busy. It stays asked for. (tidemark status)",
  );
  return null;
}
