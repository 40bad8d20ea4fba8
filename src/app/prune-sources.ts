import type { Removal, Store } from "../ports/store.ts";

/** How much of each table is forgotten at once: a second of work for the database. */
const sliceRows = 5_000;

/** What became of each source that the file has not, by name. */
export type Pruned = { name: string; accounts: number; removal: Removal }[];

/**
 * Removes sources, and forgets what is known of them. One that runs stays: only a person who has paused it means it.
 * @param unlisted As `planApply` tells.
 */
export async function pruneSources(
  unlisted: readonly { name: string; accounts: number }[],
  actor: string,
  store: Store,
): Promise<Pruned> {
  const pruned: Pruned = [];
  for (const { name, accounts } of unlisted)
    pruned.push({ name, accounts, removal: await store.removeSource({ name, actor }) });
  await forgetRemoved(store);
  return pruned;
}

/** Forgets all that is left of removed sources; killed in the middle it goes on when it is called again. */
export async function forgetRemoved(store: Pick<Store, "forgetRemoved">): Promise<void> {
  while ((await store.forgetRemoved(sliceRows)) > 0);
}
