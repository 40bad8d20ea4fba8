import { actor, askOwner } from "./ask-owner.ts";
import { type AskedOfSource, askedText } from "./asked-text.ts";
import { type ConfigOption, type OutputOption, isJson } from "./options.ts";
import { refuseFor } from "./refuse.ts";
import { withStore } from "./with-store.ts";

/** `tidemark source pause | resume | poll | sweep <name>`: asks the source's owner, and waits until it has taken that up, but for no pass. */
export function askSource(
  verb: AskedOfSource,
  name: string,
  options: ConfigOption & OutputOption,
): Promise<number> {
  return withStore(options, async (store) => {
    const before = (await store.overview()).sources.find((source) => source.name === name);
    const done = await askOwner(store, { source: name, verb, actor: actor() });
    if (done === null) return 1;
    if (done.outcome !== "done") return refuseFor(name, done.outcome);
    if (isJson(options)) console.log(JSON.stringify(done));
    else if (before !== undefined) console.log(askedText(verb, before));
    return 0;
  });
}
