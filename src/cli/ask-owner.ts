import { setTimeout as delay } from "node:timers/promises";
import type { AskedIntent, Intent, Store } from "../ports/store.ts";
import { noSuchSource } from "./no-such-source.ts";
import { refuse } from "./refuse.ts";
import { hasNoWorker, waitsFor } from "./waits-for.ts";

const usualPatienceMs = 20_000;

/** Who asks, as it is recorded. */
export function actor(): string {
  return process.env["USER"] ?? "cli";
}

/**
 * Asks the owner of a source for something, and waits until it is done.
 * @returns it with what came of it; null when it is not done yet, or was withdrawn, which a person was told.
 * @throws ConfigError when there is no such source
 */
export async function askOwner(
  store: Store,
  intent: AskedIntent,
  { patienceMs } = { patienceMs: usualPatienceMs },
): Promise<Intent | null> {
  const { source } = intent;
  const overview = await store.overview();
  const id = await store.askIntent(intent);
  if (id === null) throw noSuchSource(source, overview.sources);
  const takeBack = `To take it back: tidemark intent withdraw ${id}`;
  if (hasNoWorker(overview)) {
    refuse(`no worker is running; it will be done as soon as one does.\n  ${takeBack}`);
    return null;
  }
  const deadline = performance.now() + patienceMs;
  while (performance.now() < deadline) {
    const asked = await store.intent(id);
    if (asked !== null && asked.doneAt !== null) return done(asked);
    await delay(200);
  }
  const waits = `it waits for ${waitsFor(await store.overview(), source)} of ${source}, and stays asked for.`;
  refuse(`it is not done yet: ${waits}\n  ${takeBack}`);
  return null;
}

function done(intent: Intent): Intent | null {
  if (intent.outcome?.startsWith("withdrawn") !== true) return intent;
  refuse(`it was ${intent.outcome}, and is not done. (tidemark intent list --all)`);
  return null;
}
