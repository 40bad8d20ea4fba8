import { ConfigError } from "../core/errors.ts";
import type { Installation, SourceConfig, Store } from "../ports/store.ts";
import { journalDaysAhead } from "./upkeep.ts";

/** What the configuration says about the installation as a whole. */
export interface WantedInstallation {
  prefix: string;
  shardCount: number;
  /** @param shardCount The installation's, which decides where a new source belongs. */
  sourcesFor(shardCount: number): SourceConfig[];
}

/** What `apply` did to each source, by name. */
export interface Applied {
  added: string[];
  changed: string[];
  unchanged: string[];
}

/**
 * Checks the schema, creates the installation on first use, and applies the configured sources: adds and changes, never removes.
 * The journal has its partitions before anything can be committed.
 * @throws ConfigError when the configuration contradicts what was fixed at installation
 */
export async function prepareInstallation(
  wanted: WantedInstallation,
  store: Store,
): Promise<{ installation: Installation; applied: Applied }> {
  await store.checkSchema();
  const { prefix, shardCount } = wanted;
  const installation = await store.ensureInstallation({ prefix, shardCount });
  refuseContradictions(installation, wanted);
  await store.maintainJournal({ daysAhead: journalDaysAhead });
  return { installation, applied: await store.applySources(wanted.sourcesFor(installation.shardCount)) };
}

/** @throws ConfigError where the configuration contradicts what was fixed at installation */
export function refuseContradictions(installation: Fixed, wanted: Fixed): void {
  const faults = contradictions(installation, wanted).map(
    ({ setting, what }) => `${setting}: this database ${what}`,
  );
  if (faults.length > 0) throw new ConfigError("TIDEMARK_CONFIG_INVALID", faults);
}

type Fixed = Pick<Installation, "prefix" | "shardCount">;

/** Settings that contradict what was fixed at installation, and what can be said of the database, as in `this database …`. */
export function contradictions(
  { prefix, shardCount }: Fixed,
  wanted: Fixed,
): { setting: string; what: string }[] {
  return [
    ...(prefix === wanted.prefix
      ? []
      : [{ setting: "prefix", what: `was installed with prefix ${prefix}, which never changes` }]),
    ...(shardCount === wanted.shardCount
      ? []
      : [{ setting: "shards", what: `was installed with ${shardCount} shards, which never changes` }]),
  ];
}
