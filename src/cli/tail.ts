import { eventLine } from "../consumer/event-line.ts";
import { parseEvent } from "../consumer/parse-event.ts";
import type { Config } from "../config-schema.ts";
import { ConfigError } from "../core/errors.ts";
import { wireLog, wireStore, wireTail } from "../wire.ts";
import { noSuchSource } from "./no-such-source.ts";
import { type ConfigOption, type OutputOption, configOf, isJson } from "./options.ts";
import { stopSignal } from "./stop-signal.ts";

interface TailOptions extends ConfigOption, OutputOption {
  from: string;
  source?: string;
}

/** `tidemark tail`: prints committed events of all topics of this installation, until it is asked to stop. */
export async function tail(options: TailOptions): Promise<number> {
  const json = isJson(options);
  const { from } = options;
  if (from !== "beginning" && from !== "now") {
    throw new ConfigError("TIDEMARK_USAGE", [`--from must be beginning or now, not ${from}`]);
  }
  const config = configOf(options);
  const topics = await topicsOf(config, options.source);
  const read = wireTail(config, wireLog({ to: process.stderr }));
  await read({
    topics,
    from,
    until: "stop",
    signal: stopSignal(),
    onRecord(record) {
      const parsed = parseEvent(record);
      if (options.source !== undefined && !parsed.key.startsWith(`${options.source}/`)) return;
      console.log(json ? JSON.stringify(parsed) : eventLine(parsed, process.stdout.columns));
    },
  });
  return 0;
}

/** The topics that events are in: of all sources, or of one. @throws ConfigError when there are none. */
async function topicsOf(config: Config, name: string | undefined): Promise<string[]> {
  const store = wireStore(config);
  try {
    await store.checkSchema();
    const { sources } = await store.overview();
    const wanted = sources.filter((source) => name === undefined || source.name === name);
    if (wanted.length === 0 && name !== undefined) throw noSuchSource(name, sources);
    if (wanted.length === 0)
      throw new ConfigError("TIDEMARK_USAGE", ["there are no sources yet: run tidemark apply"]);
    const existing = new Set((await store.pinnedTopics()).map((topic) => topic.name));
    const topics = [...new Set(wanted.map(({ topic }) => topic))].filter((topic) => existing.has(topic));
    if (topics.length === 0)
      throw new ConfigError("TIDEMARK_USAGE", ["nothing was published yet: run tidemark run"]);
    return topics;
  } finally {
    await store.close();
  }
}
