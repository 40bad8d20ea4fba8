import { FatalError } from "../core/errors.ts";
import type { WorkerPorts } from "./worker-ports.ts";

/** What to say of old events that would go into a compacted topic, and what to do instead. */
export function whyNotCompacted(topic: string): string {
  return `topic ${topic} is compacted: there an old event would outlive a newer one of its account. Bring the current state instead: tidemark snapshot <source>`;
}

/**
 * Asks the brokers whether old events may go to a topic. It is never created: who mistypes its name must be told.
 * @returns why they must not; null: they may.
 * @throws RetryableError `TIDEMARK_KAFKA_UNAVAILABLE`
 */
export async function whyNotInto(
  topic: string,
  { brokers, store }: Pick<WorkerPorts, "brokers" | "store">,
): Promise<string | null> {
  const pinned = await store.pinnedTopics();
  try {
    const [found] = await brokers.ensureTopics({
      topics: [{ name: topic, partitions: 1, compacted: false }],
      existing: [topic],
      // Whether weak settings are allowed is asked before anything is published.
      allowWeakDurability: true,
    });
    if (found?.compacted === true) return whyNotCompacted(topic);
    const pin = pinned.find(({ name }) => name === topic);
    if (found === undefined || pin === undefined || pin.partitions === found.partitions) return null;
    return `topic ${topic} has ${found.partitions} partitions, and had ${pin.partitions} when it was first used: keys would change their partition`;
  } catch (error) {
    if (!(error instanceof FatalError)) throw error;
    if (error.code !== "TIDEMARK_TOPIC_MISSING") return `${error.message} ${error.whatToDo}`;
    const known = pinned.map(({ name }) => name).filter((name) => !name.endsWith(".progress"));
    const others = known.length === 0 ? "" : `, or name one of ${known.join(", ")}`;
    return `topic ${topic} does not exist, and a replay creates none: create it first${others}`;
  }
}
