/** A record as a producer sent it. */
export interface StoredMessage {
  key: string;
  value: string | null;
  headers: Record<string, string>;
}

interface Batch {
  producerId: number;
  epoch: number;
  messages: readonly StoredMessage[];
  state: "open" | "committed" | "aborted";
}

interface ProducerState {
  epoch: number;
  /** -1 before the first batch of this epoch. */
  lastSequence: number;
  /** The last batches of this epoch: what is sent again with the same numbers is answered, not stored. */
  recent: { first: number; last: number }[];
}

/** What a broker answers instead of storing: the protocol's name of the error. */
export type Refusal = "INVALID_PRODUCER_EPOCH" | "OUT_OF_ORDER_SEQUENCE_NUMBER";

/** One partition, with the broker's memory of its producers. @see exactly-once.md B.2: `ProducerStateEntry`, `ProducerAppendInfo` */
export interface PartitionLog {
  append(batch: {
    producerId: number;
    epoch: number;
    firstSequence: number;
    messages: readonly StoredMessage[];
  }): Refusal | "stored" | "duplicate";
  /** Writes a transaction's marker; the epoch it carries fences whatever arrives later under an older one. */
  mark(producerId: number, epoch: number, isCommit: boolean): void;
  /** What a read-committed reader sees: everything committed before the first transaction that is open. */
  readCommitted(): StoredMessage[];
  /** How many batches were ever written, aborted ones included. */
  end(): number;
  /** True when none of the first `end` batches belongs to an open transaction. */
  isSettled(end: number): boolean;
}

const batchesRemembered = 5;

export function partitionLog(): PartitionLog {
  const batches: Batch[] = [];
  const producers = new Map<number, ProducerState>();

  return {
    append({ producerId, epoch, firstSequence, messages }) {
      const known = producers.get(producerId);
      const lastSequence = firstSequence + messages.length - 1;
      if (known !== undefined && epoch < known.epoch) return "INVALID_PRODUCER_EPOCH";
      if (known?.epoch === epoch) {
        const isKnown = known.recent.some(
          ({ first, last }) => first === firstSequence && last === lastSequence,
        );
        if (isKnown) return "duplicate";
        if (firstSequence !== known.lastSequence + 1) return "OUT_OF_ORDER_SEQUENCE_NUMBER";
      } else if (known !== undefined && firstSequence !== 0) {
        return "OUT_OF_ORDER_SEQUENCE_NUMBER";
      }
      const recent = [
        ...(known?.epoch === epoch ? known.recent : []),
        { first: firstSequence, last: lastSequence },
      ];
      producers.set(producerId, { epoch, lastSequence, recent: recent.slice(-batchesRemembered) });
      batches.push({ producerId, epoch, messages, state: "open" });
      return "stored";
    },
    mark(producerId, epoch, isCommit) {
      const known = producers.get(producerId);
      if (known === undefined || epoch > known.epoch)
        producers.set(producerId, { epoch, lastSequence: -1, recent: [] });
      for (const batch of batches) {
        if (batch.producerId === producerId && batch.state === "open" && batch.epoch <= epoch)
          batch.state = isCommit ? "committed" : "aborted";
      }
    },
    readCommitted() {
      const open = batches.findIndex(({ state }) => state === "open");
      const stable = open === -1 ? batches : batches.slice(0, open);
      return stable.filter(({ state }) => state === "committed").flatMap(({ messages }) => messages);
    },
    end: () => batches.length,
    isSettled: (end) => batches.slice(0, end).every(({ state }) => state !== "open"),
  };
}
