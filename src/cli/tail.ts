import { eventLine } from "../consumer/event-line.ts";
import { parseEvent } from "../consumer/parse-event.ts";
import { ConfigError } from "../core/errors.ts";
import { wireLog, wireStore, wireTail } from "../wire.ts";
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
  const store = wireStore(config);
  const topics = await store
    .overview()
    .then(({ sources }) => [...new Set(sources.map(({ topic }) => topic))])
    .finally(() => store.close());
  if (topics.length === 0)
    throw new ConfigError("TIDEMARK_USAGE", ["there are no sources yet: run tidemark apply"]);

  const read = wireTail(config, wireLog({ to: process.stderr }));
  await read({
    topics,
    from,
    until: "stop",
    signal: stopSignal(),
    onRecord(record) {
      const parsed = parseEvent(record);
      if (options.source !== undefined && !parsed.key.startsWith(`${options.source}/`)) return;
      console.log(json ? JSON.stringify(parsed) : eventLine(parsed));
    },
  });
  return 0;
}
