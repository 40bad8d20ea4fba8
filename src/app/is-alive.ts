import type { Overview } from "../ports/store.ts";

/** A worker that has not been seen for so long has lost its shards. */
const workerLifeMs = 15_000;

/** Whether a worker of the overview is at work. */
export function isAlive({ seenAgeMs }: Overview["workers"][number]): boolean {
  return seenAgeMs <= workerLifeMs;
}
