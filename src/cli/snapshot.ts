import type { AskedReplay } from "../ports/store.ts";
import { actor } from "./ask-owner.ts";
import { unknownSource } from "./no-such-source.ts";
import { type ConfigOption, type OutputOption, isJson } from "./options.ts";
import { type PaceOption, paceOf } from "./pace-option.ts";
import { showReplay } from "./replay-progress.ts";
import { planText } from "./replay-text.ts";
import { withStore } from "./with-store.ts";

export interface SnapshotOptions extends ConfigOption, OutputOption, PaceOption {
  dryRun?: boolean;
  /** False with `--no-wait`. */
  wait: boolean;
}

/** `tidemark snapshot <source>`: publishes every known account once, and shows how far that is until it is done. */
export async function snapshot(source: string, options: SnapshotOptions): Promise<number> {
  const pace = paceOf(options);
  const asked: AskedReplay = { kind: "snapshot", source, actor: actor(), pace };
  return withStore(options, async (store) => {
    if (options.dryRun === true) {
      const estimate = await store.estimateReplay(asked);
      if ("kind" in estimate) throw await unknownSource(store, source);
      const plan = { source, ...estimate, pace };
      const would = `of ${source} would be published, one snapshot event each`;
      console.log(isJson(options) ? JSON.stringify(plan) : planText(plan, Date.now(), "account", would));
      return 0;
    }
    const begun = await store.startReplay(asked);
    if ("kind" in begun) throw await unknownSource(store, source);
    return showReplay(store, begun.id, options);
  });
}
