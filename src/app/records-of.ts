import { eventRecord } from "../core/event-record.ts";
import type { OutputRecord } from "../ports/publisher.ts";
import type { JournalRow } from "../ports/store.ts";
import type { Checked } from "./topic-book.ts";

/** One record per event; a delete on a compacted topic is followed by a null, so that compaction forgets the account. */
export function recordsOf(row: JournalRow, shard: number, { topics }: Checked): OutputRecord[] {
  const { topic, op } = row;
  const known = topics.get(topic);
  const event = { topic, ...eventRecord(row, shard, known?.maxBatchBytes ?? Number.POSITIVE_INFINITY) };
  const isForgotten = op === "deleted" && known?.compacted === true;
  return isForgotten ? [event, { ...event, value: null }] : [event];
}

/** Whether it stands for an event that its topic does not take. */
export function isPointer({ value, headers }: OutputRecord): boolean {
  return value !== null && "tidemark-oversize" in headers;
}
