import { eventLine } from "../consumer/event-line.ts";
import { type KafkaRecord, parseEvent } from "../consumer/parse-event.ts";

/** Prints what arrives: a line per event, and a summary of what came since the last one. */
export interface EventFeed {
  onRecord(record: KafkaRecord): void;
  /** @param waiting Events in the journal that are not in Kafka yet. */
  summary(waiting: bigint): string;
}

export function eventFeed(say: (line: string) => void, nowMs: () => number): EventFeed {
  let total = 0;
  let counts = { inserted: 0, updated: 0, deleted: 0 };
  let lagsMs: number[] = [];

  return {
    onRecord(record) {
      const parsed = parseEvent(record);
      say(eventLine(parsed));
      if (parsed.kind === "tombstone" || parsed.event.op === "snapshot") return;
      counts[parsed.event.op] += 1;
      total += 1;
      lagsMs.push(Math.max(0, nowMs() - Date.parse(parsed.event.observedAt)));
    },
    summary(waiting) {
      const { inserted, updated, deleted } = counts;
      const sorted = lagsMs.sort((a, b) => a - b);
      const lag =
        sorted.length === 0
          ? ""
          : `, lag ${sorted[Math.floor(sorted.length / 2)]} ms (max ${sorted.at(-1)} ms)`;
      counts = { inserted: 0, updated: 0, deleted: 0 };
      lagsMs = [];
      return `-- ${inserted} inserted, ${updated} updated, ${deleted} deleted${lag}; ${total} in all, ${waiting} waiting for Kafka`;
    },
  };
}
