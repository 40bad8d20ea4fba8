import type { Clock } from "../ports/clock.ts";
import type { OwnedShard } from "./owned-shard.ts";

/** While so many events of a shard wait for Kafka, nothing is replayed: about one transaction, and no more than what one page may bring. */
const mostWaiting = 500;
const patienceMs = 200;

/**
 * Whether live events of the shard keep their place: they wait for no more than what waits already, and the chunk that may come now. Waits a
 * moment for a publisher that is at work.
 */
export async function roomForReplay({ journal, signal }: OwnedShard, clock: Clock): Promise<boolean> {
  const patientUntilMs = clock.monotonicMs() + patienceMs;
  while (journal.depth() >= mostWaiting) {
    if (clock.monotonicMs() >= patientUntilMs) return false;
    signal.throwIfAborted();
    await clock.sleep(5, signal);
  }
  return true;
}
