import type { Retention } from "../ports/store.ts";
import { forgetRemoved } from "./prune-sources.ts";
import type { WorkerPorts } from "./worker-ports.ts";

/** Days for which the journal has partitions before they come. */
export const journalDaysAhead = 3;

/**
 * Makes journal partitions ahead, forgets what is beyond the retention, thins out checkpoints, and tells the log what has left the journal and why.
 * Every worker does it; one at a time is enough.
 */
export async function upkeep(
  { retentionDays, journalMaxBytes, checkpoints }: Retention,
  { store, log }: Pick<WorkerPorts, "store" | "log">,
): Promise<void> {
  const limits = { retentionDays, journalMaxBytes };
  const { dropped, kept } = await store.maintainJournal({ daysAhead: journalDaysAhead, ...limits });
  for (const { partition, because } of dropped) log.info("journal.dropped", { partition, because });
  // The journal outgrows its limits until somebody does something about it.
  if (kept !== null) log.warn("journal.kept", { ...kept });
  await store.prunePasses(retentionDays);
  await store.forgetAnswers(retentionDays);
  await forgetRemoved(store);
  await store.thinCheckpoints(checkpoints);
}
