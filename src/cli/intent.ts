import { ConfigError } from "../core/errors.ts";
import { actor } from "./ask-owner.ts";
import { intentListText } from "./intent-text.ts";
import { isDecimalId } from "./is-decimal-id.ts";
import { type ConfigOption, type OutputOption, isJson } from "./options.ts";
import { refuse } from "./refuse.ts";
import { waitsFor } from "./waits-for.ts";
import { withStore } from "./with-store.ts";
import { withoutAnswer } from "./without-answer.ts";

/** How many of those that are done are listed. */
const shownDone = 50;

/** `tidemark intent list`: what operators have asked for. */
export function listIntents(options: ConfigOption & OutputOption & { all?: boolean }): Promise<number> {
  return withStore(options, async (store) => {
    const overview = await store.overview();
    const intents = (await store.intents({ done: options.all === true ? shownDone : 0 })).map((intent) => ({
      ...withoutAnswer(intent),
      waitsFor: intent.doneAt === null ? waitsFor(overview, intent.source) : null,
    }));
    console.log(isJson(options) ? JSON.stringify(intents) : intentListText(intents, Date.now()));
    return 0;
  });
}

/** `tidemark intent withdraw <id>`: takes back what is not done yet. */
export function withdrawIntent(id: string, options: ConfigOption & OutputOption): Promise<number> {
  return withStore(options, async (store) => {
    const isWithdrawn = isDecimalId(id) && (await store.withdrawIntent({ id, actor: actor() }));
    const intent = isDecimalId(id) ? await store.intent(id) : null;
    if (intent === null)
      throw new ConfigError("TIDEMARK_USAGE", [`there is no intent ${id}: run tidemark intent list --all`]);
    if (isJson(options)) console.log(JSON.stringify(withoutAnswer(intent)));
    else if (isWithdrawn)
      console.log(`intent ${id} is withdrawn: ${intent.source} is not asked to ${intent.verb}`);
    if (isWithdrawn) return 0;
    return refuse(`intent ${id} is over already: ${intent.outcome}. (tidemark intent list --all)`);
  });
}
