import type { JournalEntry, NewEntry, Op } from "./change.ts";

/** What an event is built from. Documents are canonical JSON text and are copied in byte for byte. */
export interface Change {
  op: Op;
  source: string;
  connector: string;
  topic: string;
  accountId: string;
  version: number;
  before: string | null;
  after: string | null;
  changed: readonly string[];
  /** When the upstream says it changed: ISO-8601 UTC, or null. */
  upstreamTime: string | null;
  /** When Tidemark saw it: ISO-8601 UTC with milliseconds. */
  observedAt: string;
  /** Fingerprint after the change (of the last document, when deleted). */
  hash: string;
}

/** The Kafka key of an account: one key, one partition, one order. Source names hold no slash, so the first one divides. */
export function eventKey(source: string, accountId: string): string {
  return `${source}/${accountId}`;
}

/** The journal entry of a change. */
export function journalEntry(change: Change): NewEntry {
  const { op, source, connector, accountId, version } = change;
  const head = JSON.stringify({ op, source, connector, accountId, version }).slice(0, -1);
  const tail = JSON.stringify({
    changed: change.changed,
    upstreamTime: change.upstreamTime,
    observedAt: change.observedAt,
  }).slice(1);
  return {
    accountId,
    version,
    op,
    topic: change.topic,
    key: eventKey(source, accountId),
    head: `${head},"before":${change.before ?? "null"},"after":`,
    document: change.after,
    tail: `,${tail}`,
    hash: change.hash,
    observedAt: change.observedAt,
  };
}

/** The exact bytes that will be published, as text. */
export function eventValue({ head, document, tail }: NewEntry): string {
  return head + (document ?? "null") + tail;
}

/** The entry as the journal holds it: its pieces are one by then. */
export function storedEntry(entry: NewEntry): JournalEntry {
  const { head: _head, document: _document, tail: _tail, ...facts } = entry;
  return { ...facts, value: eventValue(entry) };
}

/** Everything the headers of a published event are made from: a journal row. */
export interface PublishedRow {
  seq: string;
  op: Op;
  key: string;
  version: number;
  hash: string;
  observedAt: string;
  batchNonce: string;
  replay?: { id: string; originSeq: string | null };
}

/**
 * CloudEvents 1.0 headers in Kafka's binary mode, and Tidemark's own. They come from the row alone, so that publishing it
 * again would give the same bytes.
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md
 */
export function eventHeaders(row: PublishedRow, shard: number): Record<string, string> {
  const slash = row.key.indexOf("/");
  return {
    ce_specversion: "1.0",
    ce_id: `${row.key}/${row.version}`,
    ce_type: `tidemark.account.${row.op}.v1`,
    ce_source: `/tidemark/${row.key.slice(0, slash)}`,
    ce_subject: row.key.slice(slash + 1),
    ce_time: row.observedAt,
    "content-type": "application/json",
    "tidemark-shard": String(shard),
    "tidemark-seq": row.seq,
    "tidemark-batch": row.batchNonce,
    "tidemark-hash": row.hash,
    ...(row.replay === undefined ? {} : { "tidemark-replay": replayHeader(row.replay, shard) }),
  };
}

/** `<replay>` of a snapshot, `<replay>/<shard>:<number>` of an event that stood in the journal under that number before. */
function replayHeader({ id, originSeq }: NonNullable<PublishedRow["replay"]>, shard: number): string {
  return originSeq === null ? id : `${id}/${shard}:${originSeq}`;
}
