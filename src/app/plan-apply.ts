import { ConfigError } from "../core/errors.ts";
import { fixedSettingFaults } from "../core/fixed-settings.ts";
import type { Source, Store } from "../ports/store.ts";
import { type WantedInstallation, refuseContradictions } from "./prepare-installation.ts";
import { type SettingChange, sourceChanges } from "./source-changes.ts";

/** What `apply` would do to each source. */
export interface ApplyPlan {
  added: string[];
  changed: { name: string; changes: SettingChange[] }[];
  unchanged: string[];
  /** Sources that the database has and the file has not: they go on, unless they are pruned. */
  unlisted: { name: string; accounts: number; isRunning: boolean }[];
}

/**
 * Compares the configuration with the database, and changes nothing.
 * @throws ConfigError where `apply` would refuse it
 */
export async function planApply(wanted: WantedInstallation, store: Store): Promise<ApplyPlan> {
  await store.checkSchema();
  const { installation } = await store.databaseCondition();
  if (installation !== null) refuseContradictions(installation, wanted);
  const { shardCount } = wanted;
  const shards = Array.from({ length: installation === null ? 0 : shardCount }, (_, shard) => shard);
  const before = new Map((await store.loadSources(shards)).map((source) => [source.name, source]));
  return planOf(wanted, before);
}

function planOf(
  { sourcesFor, shardCount }: WantedInstallation,
  before: ReadonlyMap<string, Source>,
): ApplyPlan {
  const wanted = sourcesFor(shardCount);
  const faults = wanted.flatMap((config) => {
    const source = before.get(config.name);
    return source === undefined ? [] : fixedSettingFaults(config, source);
  });
  if (faults.length > 0) throw new ConfigError("TIDEMARK_CONFIG_INVALID", faults);

  const plan: ApplyPlan = { added: [], changed: [], unchanged: [], unlisted: [] };
  for (const config of wanted) {
    const source = before.get(config.name);
    const changes = source === undefined ? null : sourceChanges(source, config);
    if (changes === null) plan.added.push(config.name);
    else if (changes.length === 0) plan.unchanged.push(config.name);
    else plan.changed.push({ name: config.name, changes });
  }
  const listed = new Set(wanted.map(({ name }) => name));
  for (const { name, population, state, isRemoved } of before.values())
    if (!listed.has(name) && !isRemoved)
      plan.unlisted.push({ name, accounts: population, isRunning: state === "running" });
  return plan;
}
