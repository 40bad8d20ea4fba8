import type { Clock } from "../ports/clock.ts";
import type { OwnedShard } from "./owned-shard.ts";

/**
 * While more events of a shard wait for Kafka, nothing is replayed. One chunk is published while the next is written: together they are one
 * transaction of the publisher.
 */
const mostWaiting = 500;
const patienceMs = 200;

/** Whether so little waits for Kafka that live events of the shard keep their place behind one chunk more; `journal.progress` tells when that may change. */
export function hasRoomForReplay({ journal }: OwnedShard): boolean {
  return journal.depth() <= mostWaiting;
}

/** The same within a turn of a lane, which waits a moment for a publisher that is at work. @returns false also when the shard is given up */
export async function roomForReplay(shard: OwnedShard, clock: Clock): Promise<boolean> {
  const patientUntilMs = clock.monotonicMs() + patienceMs;
  while (!hasRoomForReplay(shard)) {
    if (shard.signal.aborted || clock.monotonicMs() >= patientUntilMs) return false;
    await clock.sleep(5, shard.signal);
  }
  return true;
}
