/** Which numbers of a range the topics hold, and in which batch: 8 bytes for each number, however many there are. */
export interface PublishedNumbers {
  /** Numbers outside the range are only remembered as `highest`. */
  add(seq: bigint, batchNonce: string): void;
  /** Nonce of the batch that a number was published with; null when it was not. */
  batchOf(seq: bigint): string | null;
  /** How many numbers from `from` to `to` were not published. */
  missing(from: bigint, to: bigint): number;
  /** The highest number of all, in the range or not; 0 when there is none. */
  readonly highest: bigint;
}

/** @param first The range begins here. @param last It ends here, inclusive. */
export function publishedNumbers(first: bigint, last: bigint): PublishedNumbers {
  // No nonce is 0.
  const nonces = new BigUint64Array(Math.max(0, Number(last - first) + 1));
  let highest = 0n;
  return {
    add(seq, batchNonce) {
      if (seq > highest) highest = seq;
      if (seq >= first && seq <= last) nonces[Number(seq - first)] = BigInt(batchNonce);
    },
    batchOf(seq) {
      const nonce = seq < first ? 0n : (nonces[Number(seq - first)] ?? 0n);
      return nonce === 0n ? null : String(nonce);
    },
    missing(from, to) {
      let count = 0;
      for (let seq = from; seq <= to; seq += 1n) if (nonces[Number(seq - first)] === 0n) count += 1;
      return count;
    },
    get highest() {
      return highest;
    },
  };
}
