import { FatalError } from "../core/errors.ts";
import type { ProgressMeta, ShardPublisher } from "../ports/publisher.ts";
import { type Position, examineShard } from "./examine-shard.ts";
import type { OwnedShard } from "./owned-shard.ts";
import type { Checked } from "./topic-book.ts";
import type { WorkerPorts } from "./worker-ports.ts";

export type { Position } from "./examine-shard.ts";

/**
 * Examines a shard, and commits its position once more: that seeds a new shard, stores a position that was recovered, and keeps the position
 * of an idle shard from expiring.
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
  const { log, clock } = ports;
  const { decision, position, isRecovered, anchor } = await examineShard(
    shard,
    publisher,
    checked,
    journalId,
    ports,
  );
  if (decision.do === "refuse") throw new FatalError(decision.code, decision.why);

  const start: Position = position ?? { next: 1n, nonce: null };
  await publisher.publish({
    records: [],
    next: String(start.next),
    meta: progressMeta(journalId, start),
    mayCommit: shard.mayCommit,
  });
  await recordPosition(shard, start, ports);
  shard.journal.published(start.next - 1n, clock.now());
  shard.journal.written(BigInt(anchor?.lastSeq ?? "0"));
  const how = isRecovered ? "recover" : decision.do;
  log.info("publish.opened", { shard: shard.shard, decision: how, next: String(start.next) });
  return start;
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
