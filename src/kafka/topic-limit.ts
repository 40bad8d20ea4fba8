/** What a broker's topic has where its own setting cannot be read: Kafka's default. */
const defaultBytes = 1_048_588;

/** However much a topic takes, brokers cut off requests of more than 100 MiB (`socket.request.max.bytes`), and a batch is not alone in one. */
const mostBytes = 64 * 1024 * 1024;

/** Largest batch that a topic with these settings accepts, and that can reach it, in bytes. */
export function topicLimit(configs: ReadonlyMap<string, string> | undefined): number {
  const limits = ["max.message.bytes", "segment.bytes"].map((name) => configs?.get(name) ?? "");
  const known = limits.filter((limit) => limit !== "").map(Number);
  return Math.min(mostBytes, ...(known.length === 0 ? [defaultBytes] : known));
}
