import { FatalError } from "../core/errors.ts";
import { type StartDecision, decideStart } from "../core/startup.ts";
import type { ProgressMeta, ShardPublisher } from "../ports/publisher.ts";
import type { OwnedShard } from "./owned-shard.ts";
import type { Checked } from "./topic-book.ts";
import type { WorkerPorts } from "./worker-ports.ts";

/** Where a shard's publication stands. */
export interface Position {
  /** The next number to publish. */
  next: bigint;
  /** Batch nonce of the row before it; null when there is none. */
  nonce: string | null;
}

/**
 * Fences every predecessor, asks Kafka where to go on, and decides whether the stores agree. Then commits the position once
 * more: that seeds a new shard, and keeps the position of an idle one from expiring.
 *
 * @throws FatalError where the stores contradict each other; nothing is published then.
 */
export async function openShard(
  shard: OwnedShard,
  publisher: ShardPublisher,
  checked: Checked,
  journalId: string,
  ports: WorkerPorts,
): Promise<Position> {
  const { store, random, log, clock } = ports;
  const found = {
    shard: shard.shard,
    cluster: checked.cluster,
    topics: [...checked.topics.values()].map(({ name, partitions, found }) => ({
      name,
      pinned: partitions,
      found,
    })),
    journalId,
  };
  // Opening fences whoever publishes under this name: never on a cluster that is not ours.
  refuseOrGoOn(decideStart({ ...found, position: null }));
  const progress = await publisher.open(random.nonce());
  const anchor = await store.shardAnchor(shard.shard);
  const before = progress.next === null ? "0" : String(BigInt(progress.next) - 1n);
  const nonceBefore =
    (await store.journalNonce(shard.shard, before)) ??
    (anchor.publishedSeq === before ? anchor.publishedNonce : null);
  const decision = refuseOrGoOn(decideStart({ ...found, position: { progress, anchor, nonceBefore } }));

  const position: Position =
    decision.do === "resume"
      ? { next: BigInt(decision.next), nonce: nonceBefore }
      : { next: 1n, nonce: null };
  await publisher.publish({
    records: [],
    next: String(position.next),
    meta: progressMeta(journalId, position),
    mayCommit: shard.mayCommit,
  });
  await recordPosition(shard, position, ports);
  shard.journal.published(position.next - 1n, clock.now());
  shard.journal.written(BigInt(anchor.lastSeq));
  log.info("publish.opened", { shard: shard.shard, decision: decision.do, next: String(position.next) });
  return position;
}

function refuseOrGoOn(decision: StartDecision): Exclude<StartDecision, { do: "refuse" }> {
  if (decision.do === "refuse") throw new FatalError(decision.code, decision.why);
  return decision;
}

export function progressMeta(journalId: string, { nonce }: Position): ProgressMeta {
  return { v: 1, j: journalId, bn: nonce };
}

/** Tells Postgres what is in Kafka, always after Kafka's commit: a cache for the start-up check, for retention and for status. */
export async function recordPosition(
  shard: OwnedShard,
  { next, nonce }: Position,
  ports: WorkerPorts,
): Promise<void> {
  const isOurs = await ports.store.recordPublished({
    shard: shard.shard,
    term: shard.term,
    seq: String(next - 1n),
    nonce,
  });
  if (!isOurs) shard.lose();
}
