/** What the topics still hold of a shard whose position is gone from Kafka. */
export interface ShardTail {
  /** Its last event; null when they hold none. */
  last: { seq: string; nonce: string } | null;
  /** Partitions from which records were removed that may have been this shard's and later than `last`. */
  trimmed: readonly string[];
}

/** A position that the topics prove, or why they prove none. */
export type TailDecision = { next: string; nonce: string | null } | { why: string };

/**
 * Where a shard has to go on according to the topics themselves. Its transactions are atomic and follow each other, so the last
 * event that can be read is the last one that was committed, as long as nothing that came later can have been removed.
 */
export function positionFromTail(tail: ShardTail, publishedSeq: string): TailDecision {
  const [trimmed] = tail.trimmed;
  if (trimmed !== undefined) {
    return { why: `what ${trimmed} held when event ${publishedSeq} was published has been removed from it` };
  }
  const { seq, nonce } = tail.last ?? { seq: "0", nonce: null };
  if (BigInt(seq) < BigInt(publishedSeq)) {
    return { why: `its events in the topics end at ${seq}, but ${publishedSeq} was published` };
  }
  return { next: String(BigInt(seq) + 1n), nonce };
}
