import { withFreshness } from "../app/overview-freshness.ts";
import type { Overview } from "../ports/store.ts";
import { wireStore } from "../wire.ts";
import { type ConfigOption, type OutputOption, configOf, isJson } from "./options.ts";
import { statusText } from "./status-text.ts";
import { stopSignal } from "./stop-signal.ts";
import { jsonLines, pictures } from "./watch-screen.ts";
import { watchStatus } from "./watch-status.ts";

interface StatusOptions extends ConfigOption, OutputOption {
  watch?: true;
}

/** Who watches wants to be told soon that the database is away. */
const watchPatienceMs = 5_000;

/** `tidemark status`: what the database knows of workers, shards and sources; with `--watch` again and again, until it is asked to stop. */
export async function status(options: StatusOptions): Promise<number> {
  const json = isJson(options);
  const text = json ? statusJson : statusText;
  const store = wireStore(configOf(options), options.watch ? { patienceMs: watchPatienceMs } : {});
  const read = async () => {
    await store.checkSchema();
    return text(await store.overview());
  };
  try {
    if (options.watch) await watchStatus(read, json ? jsonLines() : pictures(process.stdout), stopSignal());
    else console.log(await read());
    return 0;
  } finally {
    await store.close();
  }
}

function statusJson(overview: Overview): string {
  return JSON.stringify({ ...overview, sources: withFreshness(overview, Date.now()) });
}
