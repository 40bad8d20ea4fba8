import { isAlive } from "../app/is-alive.ts";
import type { Overview } from "../ports/store.ts";

/** True while nobody could carry out what is asked for. */
export function hasNoWorker({ workers }: Pick<Overview, "workers">): boolean {
  return !workers.some(isAlive);
}

/** What an intent that is not done waits for, as a noun. */
export function waitsFor(overview: Overview, source: string): string {
  if (hasNoWorker(overview)) return "a worker";
  const shard = overview.sources.find(({ name }) => name === source)?.shard;
  const owner = overview.shards.find((one) => one.shard === shard)?.owner ?? null;
  return owner === null ? `an owner of shard ${shard}` : "the turn under way";
}
