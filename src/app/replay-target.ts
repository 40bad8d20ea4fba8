import { FatalError } from "../core/errors.ts";
import { currentStateInstead } from "./current-state-instead.ts";
import type { WorkerPorts } from "./worker-ports.ts";

/** What to say of old events that would go into a compacted topic, and what to do instead. @param source Whose events; null: of all. */
export function whyNotCompacted(topic: string, source: string | null): string {
  return `topic ${topic} is compacted: there an old event would outlive a newer one of its account. ${currentStateInstead(source)}`;
}

/**
 * Asks the brokers whether old events may go to a topic. It is never created: who mistypes its name must be told.
 * @param source Whose events; null: of all.
 * @returns why they must not; null: they may.
 * @throws RetryableError `TIDEMARK_KAFKA_UNAVAILABLE`
 */
export async function whyNotInto(
  topic: string,
  source: string | null,
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
    if (found?.compacted === true) return whyNotCompacted(topic, source);
    const pin = pinned.find(({ name }) => name === topic);
    if (found === undefined || pin === undefined || pin.partitions === found.partitions) return null;
    return `topic ${topic} has ${found.partitions} partitions, and had ${pin.partitions} when it was first used: keys would change their partition. See what to do: tidemark doctor`;
  } catch (error) {
    if (!(error instanceof FatalError)) throw error;
    if (error.code !== "TIDEMARK_TOPIC_MISSING") return `${error.message} ${error.whatToDo}`;
    const known = pinned.map(({ name }) => name).filter((name) => !name.endsWith(".progress"));
    const others = known.length === 0 ? "" : `, or name one of ${known.join(", ")}`;
    return `topic ${topic} does not exist, and a replay creates none: create it first${others}`;
  }
}
