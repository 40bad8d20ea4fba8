import { FatalError } from "../core/errors.ts";
import { type PublishedNumbers, publishedNumbers } from "../core/published-numbers.ts";
import type { ShardPublisher } from "../ports/publisher.ts";
import type { JournalRow, Store } from "../ports/store.ts";
import type { Position } from "./examine-shard.ts";
import { recordPosition } from "./open-shard.ts";
import type { OwnedShard } from "./owned-shard.ts";
import { type Publication, publishTo } from "./publish-shard.ts";
import { recordsOf } from "./records-of.ts";
import { readEvents } from "./recover-position.ts";
import type { Checked } from "./topic-book.ts";
import type { WorkerPorts } from "./worker-ports.ts";

const batchRows = 2_000;
const batchBytes = 4 * 1024 * 1024;

/** A shard whose lease is held, with all it takes to publish for it. */
export interface RepairedShard {
  shard: OwnedShard;
  checked: Checked;
  publication: Publication;
  ports: WorkerPorts;
}

/** Lends a publisher that was not opened yet. */
export async function withPublisher<T>(
  { shard, checked, ports }: RepairedShard,
  use: (publisher: ShardPublisher) => Promise<T>,
): Promise<T> {
  const publisher = ports.publishers.forShard(shard.shard, (topic) => {
    const known = checked.topics.get(topic);
    if (known !== undefined) return known;
    throw new FatalError("TIDEMARK_TOPIC_MISSING", `topic ${topic} is not a source's topic any more`);
  });
  try {
    return await use(publisher);
  } finally {
    await publisher.close(2_000);
  }
}

/** What the topics lack of a shard's events. */
export interface Republication {
  from: bigint;
  /** The last event that was ever published. */
  to: bigint;
  missing: number;
  published: PublishedNumbers;
}

/**
 * Compares the journal from a number on with what the topics hold.
 * @throws FatalError when the journal does not hold these events, or the topics hold others under their numbers.
 */
export async function planRepublication(
  { shard, ports }: Pick<RepairedShard, "shard" | "ports">,
  from: string,
): Promise<Republication> {
  const { lastSeq, publishedSeq } = await ports.store.shardAnchor(shard.shard);
  const isAtEnd = BigInt(from) === BigInt(lastSeq) + 1n;
  if (!isAtEnd && (await ports.store.journalRow(shard.shard, from)) === null) {
    throw new FatalError(
      "TIDEMARK_JOURNAL_GAP",
      `the journal of shard ${shard.shard}, which ends at ${lastSeq}, does not hold event ${from}`,
    );
  }
  const published = publishedNumbers(BigInt(from), BigInt(lastSeq));
  await readEvents(shard, from, ports, ({ seq, batchNonce }) => published.add(seq, batchNonce));
  const { highest } = published;
  if (highest > BigInt(lastSeq)) {
    throw new FatalError(
      "TIDEMARK_DATABASE_WENT_BACK",
      `the topics hold event ${highest} of shard ${shard.shard}, but the journal ends at ${lastSeq}`,
    );
  }
  const to = highest > BigInt(publishedSeq) ? highest : BigInt(publishedSeq);
  return { from: BigInt(from), to, missing: published.missing(BigInt(from), to), published };
}

/** Stores a position in Kafka, and nothing else. */
export function storePosition(repaired: RepairedShard, position: Position): Promise<void> {
  return withPublisher(repaired, async (publisher) => {
    await publisher.open(repaired.ports.random.nonce());
    await publishTo(position, [], publisher, repaired);
  });
}

/** Takes Kafka's position back to a number: until what follows is published again, every start refuses the shard. */
export async function takePositionBack(repaired: RepairedShard, from: bigint): Promise<void> {
  await storePosition(repaired, await positionAt(repaired, from));
}

async function positionAt({ shard, ports }: RepairedShard, next: bigint): Promise<Position> {
  const before = await ports.store.journalRow(shard.shard, String(next - 1n));
  return { next, nonce: before?.batchNonce ?? null };
}

/**
 * Publishes again what the topics lack, with the same bytes. The position goes along with every transaction, so this can be killed at any
 * moment and repeated: it goes on where it was.
 */
export async function republish(
  repaired: RepairedShard,
  { from, to, published }: Republication,
): Promise<void> {
  const { shard, ports, checked } = repaired;
  let position = await positionAt(repaired, from);
  await withPublisher(repaired, async (publisher) => {
    await publisher.open(ports.random.nonce());
    while (position.next <= to) {
      const rows = await readRows(shard.shard, position.next, to, ports.store);
      const lacking = rows.filter((row) => !isPublished(shard.shard, row, published));
      const last = rows.at(-1);
      if (last === undefined) break;
      position = { next: BigInt(last.seq) + 1n, nonce: last.batchNonce };
      const records = lacking.flatMap((row) => recordsOf(row, shard.shard, checked));
      await publishTo(position, records, publisher, repaired);
    }
    // Where there was nothing to publish, the position is all there is to store.
    if (position.next === from) await publishTo(position, [], publisher, repaired);
  });
  await recordPosition(shard, position, ports);
}

/** @throws FatalError when a row is missing. */
async function readRows(shard: number, from: bigint, to: bigint, store: Store): Promise<JournalRow[]> {
  const ahead = Number(to - from) + 1;
  const limit = Math.min(batchRows, ahead);
  const rows = await store.nextJournal({ shard, from: String(from), limit, maxBytes: batchBytes });
  rows.forEach((row, index) => {
    const expected = String(from + BigInt(index));
    if (row.seq === expected) return;
    throw new FatalError(
      "TIDEMARK_JOURNAL_GAP",
      `shard ${shard} has event ${row.seq} instead of ${expected}`,
    );
  });
  return rows;
}

function isPublished(shard: number, row: JournalRow, published: PublishedNumbers): boolean {
  const batch = published.batchOf(BigInt(row.seq));
  if (batch === null || batch === row.batchNonce) return batch !== null;
  throw new FatalError(
    "TIDEMARK_HISTORY_FORKED",
    `event ${row.seq} of shard ${shard} in Kafka comes from another batch than the one in the journal`,
  );
}
