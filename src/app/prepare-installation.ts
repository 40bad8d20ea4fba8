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
export function refuseContradictions(
  installation: Pick<Installation, "prefix" | "shardCount">,
  { prefix, shardCount }: WantedInstallation,
): void {
  const faults: string[] = [];
  if (installation.prefix !== prefix) {
    faults.push(
      `prefix: this database was installed with prefix ${installation.prefix}, which never changes`,
    );
  }
  if (installation.shardCount !== shardCount) {
    faults.push(
      `shards: this database was installed with ${installation.shardCount} shards, which never changes`,
    );
  }
  if (faults.length > 0) throw new ConfigError("TIDEMARK_CONFIG_INVALID", faults);
}
