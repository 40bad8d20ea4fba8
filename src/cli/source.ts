import { withFreshness } from "../app/overview-freshness.ts";
import { withoutSecrets } from "../core/without-secrets.ts";
import type { Store } from "../ports/store.ts";
import { noSuchSource } from "./no-such-source.ts";
import { type ConfigOption, type OutputOption, isJson } from "./options.ts";
import { type ShownSource, sourceListText, sourceText } from "./source-text.ts";
import { withStore } from "./with-store.ts";
import { withoutAnswer } from "./without-answer.ts";

/** How many open replays are shown. */
const mostReplays = 100;

/** `tidemark source list`: all sources, one line each. */
export function listSources(options: ConfigOption & OutputOption): Promise<number> {
  return withStore(options, async (store) => {
    const sources = withFreshness(await store.overview(), Date.now());
    console.log(isJson(options) ? JSON.stringify(sources) : sourceListText(sources));
    return 0;
  });
}

/** `tidemark source show <name>`: everything about one source. */
export function showSource(name: string, options: ConfigOption & OutputOption): Promise<number> {
  return withStore(options, async (store) => {
    const source = await shownSource(store, name);
    console.log(isJson(options) ? JSON.stringify(source) : sourceText(source, Date.now()));
    return 0;
  });
}

/** @throws ConfigError when there is no such source */
async function shownSource(store: Store, name: string): Promise<ShownSource> {
  const overview = await store.overview();
  const line = withFreshness(overview, Date.now()).find((source) => source.name === name);
  const details = await store.sourceDetails(name);
  if (line === undefined || details === null) throw noSuchSource(name, overview.sources);
  const { source, passes, intents } = details;
  const { openSweep } = source;
  return {
    ...line,
    owner: overview.shards.find(({ shard }) => shard === line.shard)?.owner ?? null,
    settings: withoutSecrets(source.settings),
    budget: source.budget,
    lookBack: source.lookBack,
    lookBackDueInMs: source.lookBackDueInMs,
    deleteLimit: source.deleteLimit,
    insertLimit: source.insertLimit,
    rejectLimit: source.rejectLimit,
    drift: source.drift,
    pollAsked: source.pollAsked,
    sweepAsked: source.sweepAsked,
    openSweep: openSweep === null ? null : { seen: openSweep.seen, observed: openSweep.observed },
    replays: await store.replays({ source: name, isOpen: true, limit: mostReplays }),
    passes,
    intents: intents.map(withoutAnswer),
  };
}
