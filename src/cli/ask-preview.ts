import type { PreviewAnswer } from "../core/preview.ts";
import { whatToDoFor } from "../core/what-to-do.ts";
import { actor, askOwner } from "./ask-owner.ts";
import { type ConfigOption, type OutputOption, isJson } from "./options.ts";
import { previewText } from "./preview-text.ts";
import { refuse, refuseFor } from "./refuse.ts";
import { withStore } from "./with-store.ts";

/** The owner gives up after 30 s; it may have to end a turn before. */
const patienceMs = 60_000;

/** `tidemark source preview <name>`: has the owner poll once, and shows what would be published. */
export function askPreview(name: string, options: ConfigOption & OutputOption): Promise<number> {
  return withStore(options, async (store) => {
    const done = await askOwner(store, { source: name, verb: "preview", actor: actor() }, { patienceMs });
    if (done === null) return 1;
    if (done.outcome !== "done") return refuseFor(name, done.outcome);
    const answer = done.answer as PreviewAnswer;
    if (isJson(options)) console.log(JSON.stringify(answer));
    else if ("preview" in answer) console.log(previewText(name, answer.preview));
    if (!("failure" in answer)) return 0;
    const { code, message, whatToDo } = answer.failure;
    return refuse(`${name} cannot be previewed: ${message} (${code})\n  ${whatToDoFor(whatToDo, name)}`);
  });
}
