import { partitionOf } from "../core/murmur2.ts";
import { type Findings, type StartDecision, decideStart } from "../core/startup.ts";
import type { Progress, ShardPublisher } from "../ports/publisher.ts";
import type { ShardAnchor } from "../ports/store.ts";
import type { OwnedShard } from "./owned-shard.ts";
import { recoverPosition } from "./recover-position.ts";
import type { Checked } from "./topic-book.ts";
import type { WorkerPorts } from "./worker-ports.ts";

/** Where a shard's publication stands. */
export interface Position {
  /** The next number to publish. */
  next: bigint;
  /** Batch nonce of the row before it; null when there is none. */
  nonce: string | null;
}

/** What the stores say about a shard. */
export interface Examination {
  decision: Exclude<StartDecision, { do: "open" | "recover" }>;
  /** As Kafka has it, or as the topics prove it; null when neither knows, or nobody was asked. */
  position: Position | null;
  /** True when the topics had to tell. */
  isRecovered: boolean;
  /** null when the shard could not be opened. */
  anchor: ShardAnchor | null;
}

/**
 * Fences every predecessor, asks Kafka where to go on, and decides whether the stores agree. A position that Kafka has lost is read back from
 * the topics. Nothing is published.
 */
export async function examineShard(
  shard: Pick<OwnedShard, "shard" | "signal">,
  publisher: ShardPublisher,
  checked: Checked,
  journalId: string,
  ports: Pick<WorkerPorts, "store" | "brokers" | "random" | "clock">,
): Promise<Examination> {
  const topics = [...checked.topics.values()].map(({ name, partitions, found }) => ({
    name,
    pinned: partitions,
    found,
  }));
  const place = { shard: shard.shard, cluster: checked.cluster, topics, journalId };
  // Opening fences whoever publishes under this name: never on a cluster that is not ours.
  const early = decideStart({ ...place, position: null });
  if (early.do === "refuse") return { decision: early, position: null, isRecovered: false, anchor: null };

  const progress = await publisher.open(ports.random.nonce());
  const anchor = await ports.store.shardAnchor(shard.shard);
  const decide = async (from: Progress) =>
    decideStart({ ...place, position: await findings(shard.shard, from, anchor, checked, ports) });
  const decision = await decide(progress);
  if (decision.do !== "recover") {
    return { decision: settled(decision), position: positionOf(progress), isRecovered: false, anchor };
  }

  const tail = await recoverPosition(shard, anchor.publishedSeq, ports);
  if ("why" in tail) {
    const why = `Kafka holds no position for shard ${shard.shard}, and the topics do not prove one: ${tail.why}`;
    const refusal = { do: "refuse", code: "TIDEMARK_PROGRESS_LOST", why } as const;
    return { decision: refusal, position: null, isRecovered: false, anchor };
  }
  const proved: Progress = { next: tail.next, meta: { v: 1, j: journalId, bn: tail.nonce } };
  const second = await decide(proved);
  return { decision: settled(second), position: positionOf(proved), isRecovered: true, anchor };
}

/** What `decideStart` wants to know about a position. */
async function findings(
  shard: number,
  progress: Progress,
  anchor: ShardAnchor,
  checked: Checked,
  { store, brokers }: Pick<WorkerPorts, "store" | "brokers">,
): Promise<NonNullable<Findings["position"]>> {
  const before = progress.next === null ? "0" : String(BigInt(progress.next) - 1n);
  const row = await store.journalRow(shard, before);
  const nonceBefore = row?.batchNonce ?? (anchor.publishedSeq === before ? anchor.publishedNonce : null);
  const topic = row === null ? undefined : checked.topics.get(row.topic);
  if (row === null || topic === undefined) return { progress, anchor, nonceBefore, emptyPartition: null };
  const partition = partitionOf(row.key, topic.partitions);
  const isEmpty = (await brokers.logEnd(topic.name, partition)) === "0";
  return { progress, anchor, nonceBefore, emptyPartition: isEmpty ? `${topic.name}/${partition}` : null };
}

/** With an examined position the table has only final answers. */
function settled(decision: StartDecision): Examination["decision"] {
  if (decision.do === "open" || decision.do === "recover") throw new Error(`undecided: ${decision.do}`);
  return decision;
}

function positionOf({ next, meta }: Progress): Position | null {
  return next === null ? null : { next: BigInt(next), nonce: meta?.bn ?? null };
}
