import { type ApplyPlan, planApply } from "../app/plan-apply.ts";
import { type Pruned, pruneSources } from "../app/prune-sources.ts";
import { prepareInstallation } from "../app/prepare-installation.ts";
import { settingText } from "../app/source-changes.ts";
import type { Config } from "../config-schema.ts";
import { wantedInstallation } from "../config.ts";
import type { Store } from "../ports/store.ts";
import { wireStore } from "../wire.ts";
import { actor } from "./ask-owner.ts";
import { counted } from "./counted.ts";
import { type ConfigOption, type OutputOption, configOf, isJson } from "./options.ts";
import { refuse } from "./refuse.ts";

type ApplyOptions = ConfigOption & OutputOption & { dryRun?: boolean; prune?: boolean };

/** `tidemark apply`: adds and changes sources as the file says, and removes others where that is asked for; or shows what that would be. */
export async function apply(options: ApplyOptions): Promise<number> {
  const json = isJson(options);
  const config = configOf(options);
  const store = wireStore(config);
  try {
    if (options.dryRun === true) {
      const plan = await planApply(wantedInstallation(config), store);
      console.log(json ? JSON.stringify(plan) : planText(plan, options.prune === true));
      return 0;
    }
    const { applied } = await prepareInstallation(wantedInstallation(config), store);
    const pruned = options.prune === true ? await prune(config, store) : null;
    const running = pruned?.filter(({ removal }) => removal === "running") ?? [];
    const exitCode = running.length === 0 ? 0 : 1;
    if (json) {
      console.log(JSON.stringify(pruned === null ? applied : { ...applied, pruned }));
      return exitCode;
    }
    for (const name of applied.added) console.log(`added      ${name}`);
    for (const name of applied.changed) console.log(`changed    ${name}`);
    for (const name of applied.unchanged) console.log(`unchanged  ${name}`);
    for (const { name, accounts, removal } of pruned ?? [])
      if (removal === "removed") console.log(`removed    ${name}: ${counted(accounts, "account")} forgotten`);
    for (const { name } of running)
      refuse(
        `${name} is not in the file, but it runs, and stays.\n  To remove it: tidemark source pause ${name}, then tidemark apply --prune`,
      );
    if (Object.keys(config.sources).length === 0) console.log("the configuration has no sources");
    return exitCode;
  } finally {
    await store.close();
  }
}

async function prune(config: Config, store: Store): Promise<Pruned> {
  const { unlisted } = await planApply(wantedInstallation(config), store);
  return pruneSources(unlisted, actor(), store);
}

/** What `apply` would do, as text: a line for each source, and one for each setting. */
function planText({ added, changed, unchanged, unlisted }: ApplyPlan, isPrune: boolean): string {
  const lines = [
    ...added.map((name) => `would add     ${name}`),
    ...changed.flatMap(({ name, changes }) => [
      `would change  ${name}`,
      ...changes.map(({ setting, from, to }) => `  ${setting}: ${settingText(from)} → ${settingText(to)}`),
    ]),
    ...unchanged.map((name) => `unchanged     ${name}`),
    ...unlisted.map(({ name, accounts, isRunning }) => {
      const what = !isPrune ? "stays" : isRunning ? "stays, it is not paused" : "would be removed";
      return `not in file   ${name} (${counted(accounts, "account")}): ${what}`;
    }),
    "nothing was changed",
  ];
  return lines.join("\n");
}
