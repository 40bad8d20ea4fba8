import type { Clock } from "../ports/clock.ts";
import type { OwnedShard } from "./owned-shard.ts";

/**
 * While more events of a shard wait for Kafka, nothing is replayed. One chunk is published while the next is written: together they are one
 * transaction of the publisher.
 */
const mostWaiting = 500;
const patienceMs = 200;

/**
 * Whether live events of the shard keep their place: they wait for no more than what waits already, and the chunk that may come now. Waits a
 * moment for a publisher that is at work.
 * @returns false also when the shard is given up
 */
export async function roomForReplay({ journal, signal }: OwnedShard, clock: Clock): Promise<boolean> {
  const patientUntilMs = clock.monotonicMs() + patienceMs;
  while (journal.depth() > mostWaiting) {
    if (signal.aborted || clock.monotonicMs() >= patientUntilMs) return false;
    await clock.sleep(5, signal);
  }
  return true;
}
