import type { IntentVerb } from "../ports/store.ts";
import { actor, askOwner } from "./ask-owner.ts";
import { type ConfigOption, type OutputOption, isJson } from "./options.ts";
import { withStore } from "./with-store.ts";

/** `tidemark source pause | resume | poll | sweep <name>`: asks the source's owner, and waits until it has done so. */
export function askSource(
  verb: Extract<IntentVerb, "pause" | "resume" | "poll" | "sweep">,
  name: string,
  options: ConfigOption & OutputOption,
): Promise<number> {
  return withStore(options, async (store) => {
    const done = await askOwner(store, { source: name, verb, actor: actor() });
    if (done === null) return 1;
    if (isJson(options)) console.log(JSON.stringify(done));
    if (done.outcome !== "done") {
      console.error(
        `tidemark: ${name}: ${done.outcome}.\n  To let it go on, at once: tidemark source resume ${name}`,
      );
      return 1;
    }
    if (!isJson(options)) console.log(`${name}: ${verb} done`);
    return 0;
  });
}
