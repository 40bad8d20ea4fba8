import { type PublishedRow, eventHeaders } from "./event.ts";

/** What Kafka gets of a journal row, besides its topic. */
export interface EventRecord {
  key: string;
  value: string;
  headers: Record<string, string>;
}

/** Around the value: key, headers, and what the formats of record and batch add. Ids and names of sources are bounded. */
const aroundBytes = 8 * 1024;
/** A codec adds up to this share to bytes that it cannot make smaller. */
const codecGrowth = 1 / 128;
/** Paths that take more characters are given by their first members only. */
const mostPathChars = 8 * 1024;

/**
 * A row as it is published: whole, or, where its topic does not take it, as a pointer under the same key, number and version. It follows from the
 * row and the topic's limit alone, so a retry gives the same.
 * @param maxBatchBytes Largest batch that the topic accepts (`max.message.bytes`); compression is not counted on.
 */
export function eventRecord(
  row: PublishedRow & { value: string },
  shard: number,
  maxBatchBytes: number,
): EventRecord {
  const { key } = row;
  const headers = eventHeaders(row, shard);
  const value = isTooLarge(row.value, maxBatchBytes) ? pointerTo(row) : row.value;
  const bytes = oversizeBytes(value);
  return bytes === null
    ? { key, value, headers }
    : { key, value, headers: { ...headers, "tidemark-oversize": String(bytes) } };
}

function isTooLarge(value: string, maxBatchBytes: number): boolean {
  const most = (maxBatchBytes - aroundBytes) * (1 - codecGrowth);
  // Almost always the length says enough: a character takes three bytes at most.
  return value.length * 3 > most && Buffer.byteLength(value) > most;
}

/**
 * The event without its documents. They are cut out of the text, which is much faster than parsing it: within JSON text a quote is escaped, so
 * only the event's own members can look like this.
 */
function pointerTo({ value, hash }: PublishedRow & { value: string }): string {
  const head = value.slice(0, value.indexOf(',"before":'));
  const tail = value.slice(value.lastIndexOf(',"changed":['));
  const event = JSON.parse(`${head},"before":null,"after":null${tail}`) as { changed: string[] };
  const changed = event.changed.join().length > mostPathChars ? firstMembers(event.changed) : event.changed;
  return JSON.stringify({ ...event, changed, oversize: { bytes: Buffer.byteLength(value), hash } });
}

function firstMembers(paths: readonly string[]): string[] {
  return [...new Set(paths.map((path) => path.split(".", 1)[0] ?? path))];
}

/** How large the event of a pointer is; null for a whole event. A pointer in the journal was brought back from Kafka. */
function oversizeBytes(value: string): number | null {
  // Whole events end with a text: nothing is parsed for them.
  if (!value.endsWith("}}")) return null;
  return (JSON.parse(value) as { oversize: { bytes: number } }).oversize.bytes;
}
