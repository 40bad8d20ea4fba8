import { backOffMs } from "../core/back-off.ts";
import { isCopy } from "../core/change.ts";
import { FatalError, RetryableError } from "../core/errors.ts";
import { publisherBackOff } from "../core/schedule.ts";
import type { OutputRecord, ShardPublisher } from "../ports/publisher.ts";
import type { JournalRow } from "../ports/store.ts";
import { type Position, openShard, progressMeta, recordPosition } from "./open-shard.ts";
import type { OwnedShard } from "./owned-shard.ts";
import { isPointer, recordsOf } from "./records-of.ts";
import type { Checked, CheckedTopic, TopicBook } from "./topic-book.ts";
import { topicsToPublish } from "./topics-to-publish.ts";
import type { WorkerPorts } from "./worker-ports.ts";

/** What one Kafka transaction takes at most. */
const batchRows = 1_000;
const batchBytes = 1024 * 1024;
/** A producer is replaced after an hour without work and after half a day with it, long before the broker forgets either. */
const idleMs = 60 * 60 * 1_000;
const lifetimeMs = 12 * 60 * 60 * 1_000;
/** Between two tries of what the broker finds too large although its limit was asked for. */
const refusedPauseMs = 60_000;

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
  let isRefused = false;
  let isTopicGone = false;
  while (!shard.signal.aborted) {
    let publisher: ShardPublisher | null = null;
    let pauseMs = 0;
    let isOpen = false;
    try {
      const sources = await ports.store.loadSources([shard.shard]);
      const topics = await topicsToPublish([shard.shard], null, sources, ports.store);
      const checked = await publication.topics.check(topics);
      // Whoever lowers a limit tells only the brokers.
      if (isRefused) await publication.topics.refreshLimits(topics.map(({ name }) => name));
      publisher = ports.publishers.forShard(shard.shard, (topic) => checkedTopic(checked, topic));
      const position = await openShard(
        shard,
        publisher,
        onlyThese(topics, checked),
        publication.journalId,
        ports,
      );
      isOpen = true;
      await publishFrom(position, { shard, publisher, checked, publication, ports }, () => {
        failures = 0;
        isRefused = false;
        isTopicGone = false;
      });
    } catch (error) {
      // Without the lease a contradiction proves nothing: what was read before a pause is compared with what a successor has published since.
      if (!shard.mayCommit()) shard.lose();
      if (shard.signal.aborted) break;
      const isTooLarge = error instanceof FatalError && error.code === "TIDEMARK_EVENT_TOO_LARGE";
      // A publisher asks for every topic that it ever wrote to. One that only a replay went to may be deleted: the next publisher does not ask for it.
      const isMissing = error instanceof FatalError && error.code === "TIDEMARK_TOPIC_MISSING" && isOpen;
      if (!isTooLarge && !(isMissing && !isTopicGone) && !(error instanceof RetryableError)) throw error;
      isTopicGone ||= isMissing;
      failures += 1;
      const tooLargePauseMs = isTooLarge && isRefused ? refusedPauseMs : 0;
      isRefused ||= isTooLarge;
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
  const { shard, publisher, publication, ports } = opened;
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
    const records = await recordsFor(rows, opened);
    await publishTo(position, records, publisher, { shard, publication });
    metrics.published((clock.monotonicMs() - startedAtMs) / 1_000);
    for (const record of records) if (isPointer(record)) tellOversize(record, ports);
    // What is taken from the journal was observed long ago, and has waited only since then.
    shard.journal.published(BigInt(last.seq), isCopy(last) ? clock.now() : Date.parse(last.observedAt));
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
  const stored = newest === undefined ? null : await store.journalRow(shard.shard, newest.seq);
  if (stored !== null && stored.batchNonce === newest?.batchNonce) return handed;
  const rows = await store.nextJournal({
    shard: shard.shard,
    from: String(position.next),
    limit: batchRows,
    maxBytes: batchBytes,
  });
  // What has forked stays forked: asked for after the rows, this one vouches for them. Its event may be large, and is not read.
  const before = position.next - 1n;
  const anchor = before === 0n ? null : await store.journalRow(shard.shard, String(before));
  if (anchor !== null && anchor.batchNonce !== position.nonce) {
    throw new FatalError(
      "TIDEMARK_HISTORY_FORKED",
      `event ${before} of shard ${shard.shard} is not the one that was published`,
    );
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

/** Before an event goes as a pointer its topic's limit is asked for anew: it may have been raised to let this event through. */
async function recordsFor(
  rows: readonly JournalRow[],
  { shard, checked, publication }: Opened,
): Promise<OutputRecord[]> {
  const records = () => rows.flatMap((row) => recordsOf(row, shard.shard, checked));
  const decided = records();
  const pointers = decided.filter(isPointer);
  if (pointers.length === 0) return decided;
  await publication.topics.refreshLimits([...new Set(pointers.map(({ topic }) => topic))]);
  return records();
}

function tellOversize({ key, topic, headers }: OutputRecord, { log, metrics }: WorkerPorts): void {
  const [source = ""] = key.split("/", 1);
  metrics.oversize(source);
  const bytes = Number(headers["tidemark-oversize"]);
  log.warn("publish.oversize", { source, topic, event: headers["ce_id"], bytes });
}

/** Without topics that others of the process publish to, or that were only replayed into. */
function onlyThese(wanted: readonly { name: string }[], { cluster, topics }: Checked): Checked {
  const known = wanted.flatMap(({ name }) => topics.get(name) ?? []);
  return { cluster, topics: new Map(known.map((topic) => [topic.name, topic])) };
}

/** A topic that was not checked yet belongs to a source that came later: opening again checks it. */
function checkedTopic(checked: Checked, topic: string): CheckedTopic {
  const known = checked.topics.get(topic);
  if (known === undefined)
    throw new RetryableError("TIDEMARK_KAFKA_UNAVAILABLE", `topic ${topic} has not been checked yet`);
  return known;
}
