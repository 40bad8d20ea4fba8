import { eventLine } from "../consumer/event-line.ts";
import { type KafkaRecord, parseEvent } from "../consumer/parse-event.ts";

/** Prints what arrives: a line per event, and a summary of what came since the last one. */
export interface EventFeed {
  onRecord(record: KafkaRecord): void;
  /** @param journalDepth Events in the journal that are not in Kafka yet. */
  summary(journalDepth: bigint): string;
}

/** @param columns Width of the terminal: what is longer is cut. */
export function eventFeed(
  say: (line: string) => void,
  nowMs: () => number,
  columns = Number.POSITIVE_INFINITY,
): EventFeed {
  let counts = { inserted: 0, updated: 0, deleted: 0 };
  let lagsMs: number[] = [];

  return {
    onRecord(record) {
      const parsed = parseEvent(record);
      say(eventLine(parsed, columns));
      if (parsed.kind === "tombstone" || parsed.event.op === "snapshot") return;
      counts[parsed.event.op] += 1;
      lagsMs.push(Math.max(0, nowMs() - Date.parse(parsed.event.observedAt)));
    },
    summary(journalDepth) {
      const { inserted, updated, deleted } = counts;
      const sorted = lagsMs.sort((a, b) => a - b);
      const median = sorted[Math.floor(sorted.length / 2)];
      const lag = median === undefined ? "" : `; lag ${brief(median)} (max ${brief(sorted.at(-1) ?? 0)})`;
      counts = { inserted: 0, updated: 0, deleted: 0 };
      lagsMs = [];
      return `-- ${inserted} inserted, ${updated} updated, ${deleted} deleted${lag}; journal ${journalDepth}`;
    },
  };
}

/** Short enough for a line of 80 columns, also while everything is loaded. */
function brief(ms: number): string {
  return ms < 1_000 ? `${ms} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
