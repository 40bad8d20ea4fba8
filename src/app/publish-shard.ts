import { backOffMs } from "../core/back-off.ts";
import { FatalError, RetryableError } from "../core/errors.ts";
import { eventHeaders } from "../core/event.ts";
import { publisherBackOff } from "../core/schedule.ts";
import type { OutputRecord, ShardPublisher } from "../ports/publisher.ts";
import type { JournalRow } from "../ports/store.ts";
import { type Position, openShard, progressMeta, recordPosition } from "./open-shard.ts";
import type { OwnedShard } from "./owned-shard.ts";
import { journalRow } from "./recover-position.ts";
import type { Checked, TopicBook } from "./topic-book.ts";
import type { WorkerPorts } from "./worker-ports.ts";

/** What one Kafka transaction takes at most. */
const batchRows = 1_000;
const batchBytes = 1024 * 1024;
/** A producer is replaced after an hour without work and after half a day with it, long before the broker forgets either. */
const idleMs = 60 * 60 * 1_000;
const lifetimeMs = 12 * 60 * 60 * 1_000;
/** Between two tries of an event that the broker finds too large. */
const tooLargePauseMs = 60_000;

/** What all shards of a process share. */
export interface Publication {
  topics: TopicBook;
  /** Names this database's journal in Kafka. */
  journalId: string;
}

/**
 * Publishes a shard's journal until its signal is aborted: opens, then sends one transaction after another. Whatever fails in
 * between, the publisher is dropped, and everything starts again from what the broker says.
 *
 * @throws FatalError when the stores contradict each other or the topics are not what they were.
 */
export async function publishShard(
  shard: OwnedShard,
  publication: Publication,
  ports: WorkerPorts,
): Promise<void> {
  const { clock, random, log } = ports;
  let failures = 0;
  while (!shard.signal.aborted) {
    let publisher: ShardPublisher | null = null;
    let pauseMs = 0;
    try {
      const checked = await publication.topics.check(await topicsOf(shard, ports));
      publisher = ports.publishers.forShard(shard.shard, (topic) => partitionsOf(checked, topic));
      const position = await openShard(shard, publisher, checked, publication.journalId, ports);
      await publishFrom(position, { shard, publisher, checked, publication, ports }, () => {
        failures = 0;
      });
    } catch (error) {
      // Without the lease a contradiction proves nothing: what was read before a pause is compared with what a successor has published since.
      if (!shard.mayCommit()) shard.lose();
      if (shard.signal.aborted) break;
      const isTooLarge = error instanceof FatalError && error.code === "TIDEMARK_EVENT_TOO_LARGE";
      if (!isTooLarge && !(error instanceof RetryableError)) throw error;
      failures += 1;
      const askedPauseMs = error instanceof RetryableError ? (error.retryAfterMs ?? 0) : tooLargePauseMs;
      pauseMs = Math.max(askedPauseMs, backOffMs(failures, publisherBackOff, random.fraction()));
      const { code, message: reason, whatToDo, cause } = error;
      log.warn("publish.failed", { shard: shard.shard, code, reason, whatToDo, retryInMs: pauseMs, cause });
    } finally {
      await publisher?.close(2_000);
    }
    if (pauseMs > 0) await clock.sleep(pauseMs, shard.signal);
  }
}

/** An opened shard. */
interface Opened {
  shard: OwnedShard;
  publisher: ShardPublisher;
  checked: Checked;
  publication: Publication;
  ports: WorkerPorts;
}

/** Sends batch after batch; returns when the publisher has served long enough or the shard was given up. */
async function publishFrom(start: Position, opened: Opened, onProgress: () => void): Promise<void> {
  const { shard, publisher, checked, publication, ports } = opened;
  const { clock, metrics } = ports;
  const openedAtMs = clock.monotonicMs();
  let position = start;
  let recorded = Promise.resolve();

  while (!shard.signal.aborted && clock.monotonicMs() - openedAtMs < lifetimeMs) {
    const rows = await readBatch(shard, position, ports);
    const last = rows.at(-1);
    if (last === undefined) {
      await recorded;
      const waitedFromMs = clock.monotonicMs();
      await shard.journaled.wait(idleMs, shard.signal);
      if (clock.monotonicMs() - waitedFromMs >= idleMs) return;
      continue;
    }
    const startedAtMs = clock.monotonicMs();
    position = { next: BigInt(last.seq) + 1n, nonce: last.batchNonce };
    const records = rows.flatMap((row) => recordsOf(row, shard.shard, checked));
    await publishTo(position, records, publisher, { shard, publication });
    metrics.published((clock.monotonicMs() - startedAtMs) / 1_000);
    shard.journal.published(BigInt(last.seq), Date.parse(last.observedAt));
    onProgress();
    // While the next batch is sent: it may be a step behind anyway, whenever the process ends between the two stores.
    await recorded;
    recorded = recordPosition(shard, position, ports);
    recorded.catch(() => undefined);
  }
  await recorded;
}

/** One transaction: the records and the position after them, together or not at all. */
export function publishTo(
  position: Position,
  records: readonly OutputRecord[],
  publisher: ShardPublisher,
  { shard, publication }: { shard: OwnedShard; publication: Publication },
): Promise<void> {
  return publisher.publish({
    records,
    next: String(position.next),
    meta: progressMeta(publication.journalId, position),
    mayCommit: shard.mayCommit,
  });
}

/**
 * The next rows, in order and without a gap. The row before them is read along: while it is the one that was published,
 * the database is still the one it was (a failover can take acknowledged rows away without a restart of ours).
 */
async function readBatch(
  shard: OwnedShard,
  position: Position,
  { store }: WorkerPorts,
): Promise<JournalRow[]> {
  const handed = shard.handover.take(position.next, batchRows);
  const newest = handed.at(-1);
  // A failover can take these rows away too: as long as the newest is stored, so are those before it.
  const stored = newest === undefined ? null : await journalRow(shard.shard, newest.seq, store);
  if (stored !== null && stored.batchNonce === newest?.batchNonce) return handed;
  const before = position.next - 1n;
  const rows = await store.nextJournal({
    shard: shard.shard,
    from: String(before > 0n ? before : position.next),
    limit: batchRows,
    maxBytes: batchBytes,
  });
  if (rows[0]?.seq === String(before)) {
    const anchor = rows.shift();
    if (anchor?.batchNonce !== position.nonce) {
      throw new FatalError(
        "TIDEMARK_HISTORY_FORKED",
        `event ${before} of shard ${shard.shard} is not the one that was published`,
      );
    }
  }
  rows.forEach((row, index) => {
    const expected = String(position.next + BigInt(index));
    if (row.seq !== expected) {
      throw new FatalError(
        "TIDEMARK_JOURNAL_GAP",
        `shard ${shard.shard} has event ${row.seq} where ${expected} is expected`,
      );
    }
  });
  return rows;
}

/** One record per event; a delete on a compacted topic is followed by a null, so that compaction forgets the account. */
export function recordsOf(row: JournalRow, shard: number, checked: Checked): OutputRecord[] {
  const event = { topic: row.topic, key: row.key, value: row.value, headers: eventHeaders(row, shard) };
  const isForgotten = row.op === "deleted" && checked.topics.get(row.topic)?.compacted === true;
  return isForgotten ? [event, { ...event, value: null }] : [event];
}

async function topicsOf(
  shard: OwnedShard,
  { store }: WorkerPorts,
): Promise<{ name: string; compacted: boolean }[]> {
  const sources = await store.loadSources([shard.shard]);
  return [...new Map(sources.map(({ topic, compacted }) => [topic, { name: topic, compacted }])).values()];
}

/** A topic that was not checked yet belongs to a source that came later: opening again checks it. */
function partitionsOf(checked: Checked, topic: string): number {
  const known = checked.topics.get(topic);
  if (known === undefined)
    throw new RetryableError("TIDEMARK_KAFKA_UNAVAILABLE", `topic ${topic} has not been checked yet`);
  return known.partitions;
}
