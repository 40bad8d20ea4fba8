import { type ShardTail, type TailDecision, positionFromTail } from "../core/recovery.ts";
import { FatalError } from "../core/errors.ts";
import type { Brokers, OutputRecord } from "../ports/publisher.ts";
import type { OwnedShard } from "./owned-shard.ts";
import type { WorkerPorts } from "./worker-ports.ts";

/** How far the clocks of workers, brokers and upstreams may be apart. */
const clockSkewMs = 60 * 60 * 1_000;
/** A compacted topic keeps the tombstone of a deleted account for a day, unless it was made differently. */
const tombstoneLifeMs = 24 * 60 * 60 * 1_000;

/** A shard, and the signal that ends work for it. */
type Shard = Pick<OwnedShard, "shard" | "signal">;
type Ports = Pick<WorkerPorts, "store" | "brokers" | "clock">;

/**
 * Asks the topics where a shard has to go on whose position is gone: offsets expire, and groups and topics get deleted. To be called after
 * the shard was opened: all its transactions are settled then.
 */
export async function recoverPosition(
  shard: Shard,
  publishedSeq: string,
  ports: Ports,
): Promise<TailDecision> {
  let last: ShardTail["last"] = null;
  const { trimmed } = await readEvents(shard, publishedSeq, ports, ({ seq, batchNonce }) => {
    if (last === null || seq > BigInt(last.seq)) last = { seq: String(seq), nonce: batchNonce };
  });
  return positionFromTail(
    { last, trimmed: [...trimmed, ...(await compacted(shard.shard, last, ports))] },
    publishedSeq,
  );
}

/**
 * The topic of the first event that the topics do not show, when compaction may be the reason: it takes an account wholly away that was
 * deleted long enough ago. Everything else that was published shows, or something that came later does.
 */
async function compacted(shard: number, last: ShardTail["last"], { store, clock }: Ports): Promise<string[]> {
  const row = await store.journalRow(shard, String(BigInt(last?.seq ?? "0") + 1n));
  if (row === null || clock.now() - Date.parse(row.observedAt) < tombstoneLifeMs - clockSkewMs) return [];
  const topics = await store.pinnedTopics();
  return topics.some(({ name, compacted }) => compacted && name === row.topic) ? [row.topic] : [];
}

/** A record of a shard with what its headers say. */
export interface PublishedEvent {
  seq: bigint;
  batchNonce: string;
  record: OutputRecord;
}

/**
 * Reads what the topics hold of a shard since event `from` was written, in order per account; earlier events may come along.
 * Whatever others have written under the number of this shard to a topic that is shared is left out.
 */
export async function readEvents(
  { shard, signal }: Shard,
  from: string,
  { store, brokers }: Pick<WorkerPorts, "store" | "brokers">,
  onEvent: (event: PublishedEvent) => void | Promise<void>,
): Promise<{ trimmed: string[] }> {
  const row = await store.journalRow(shard, from);
  const ofShard = await store.loadSources([shard]);
  const sources = new Set(ofShard.map(({ name }) => name));
  const { topics, gone } = await readableTopics(
    shard,
    from,
    new Set(ofShard.filter(({ isRemoved }) => !isRemoved).map(({ topic }) => topic)),
    {
      store,
      brokers,
    },
  );
  const { trimmed } = await brokers.readShard({
    shard,
    topics,
    // An event is written after it was observed.
    sinceMs: row === null ? null : Date.parse(row.observedAt) - clockSkewMs,
    signal,
    onRecord(record) {
      const [source = ""] = record.key.split("/", 1);
      const { "tidemark-seq": seq, "tidemark-batch": batchNonce } = record.headers;
      if (!sources.has(source) || seq === undefined || batchNonce === undefined) return undefined;
      return onEvent({ seq: BigInt(seq), batchNonce, record });
    },
  });
  return { trimmed: [...trimmed, ...gone] };
}

/** All topics that were ever published to. One that somebody has deleted after a replay into it is gone as if it were trimmed, where events of it are wanted. */
async function readableTopics(
  shard: number,
  from: string,
  ofSources: ReadonlySet<string>,
  { store, brokers }: Pick<WorkerPorts, "store" | "brokers">,
): Promise<{ topics: string[]; gone: string[] }> {
  const topics: string[] = [];
  const missing: string[] = [];
  for (const { name } of await store.pinnedTopics()) {
    if (ofSources.has(name) || (await exists(name, brokers))) topics.push(name);
    else missing.push(name);
  }
  const wanted = missing.length === 0 ? [] : await store.journalTopics(shard, from);
  return { topics, gone: missing.filter((name) => wanted.includes(name)) };
}

async function exists(topic: string, brokers: Brokers): Promise<boolean> {
  try {
    await brokers.logEnd(topic, 0);
    return true;
  } catch (error) {
    if (error instanceof FatalError && error.code === "TIDEMARK_TOPIC_MISSING") return false;
    throw error;
  }
}
