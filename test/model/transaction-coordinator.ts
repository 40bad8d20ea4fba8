import type { Simulation } from "./simulation.ts";

/** What one producer names in every request of a transaction. */
export interface ProducerClaim {
  transactionalId: string;
  producerId: number;
  producerEpoch: number;
}

/** The protocol's names of what a coordinator refuses. */
export type CoordinatorRefusal =
  "CONCURRENT_TRANSACTIONS" | "INVALID_PRODUCER_EPOCH" | "INVALID_PRODUCER_ID_MAPPING" | "INVALID_TXN_STATE";

interface Transaction {
  producerId: number;
  epoch: number;
  state: "Empty" | "Ongoing" | "PrepareCommit" | "PrepareAbort" | "CompleteCommit" | "CompleteAbort";
  /** What takes part: `topic/partition`, and groups as `group:<name>`. */
  members: Set<string>;
  forgetTimeout: () => void;
}

/** The coordinator of all transactional ids. @see exactly-once.md A.5, `TransactionCoordinator.scala` */
export interface TransactionCoordinator {
  init(
    transactionalId: string,
    timeoutMs: number,
  ): { producerId: number; producerEpoch: number } | CoordinatorRefusal;
  /** Takes partitions or groups into the transaction, which begins with the first of them. */
  add(claim: ProducerClaim, members: readonly string[]): CoordinatorRefusal | null;
  /** Answers as soon as the decision is logged; the markers follow. */
  end(claim: ProducerClaim, isCommit: boolean): CoordinatorRefusal | null;
  /** True while this member takes part in an open transaction of this very producer. */
  includes(claim: ProducerClaim, member: string): boolean;
  /** True when no transaction is open. */
  isSettled(): boolean;
}

interface Options {
  simulation: Simulation;
  /** A marker is written up to this long after the decision, each member at its own time. */
  markerDelayMs: number;
  /** The cluster ends transactions that stay open for longer than this. */
  longestTransactionMs: number;
  mark(member: string, producer: { producerId: number; epoch: number }, isCommit: boolean): void;
}

export function transactionCoordinator({
  simulation,
  markerDelayMs,
  longestTransactionMs,
  mark,
}: Options): TransactionCoordinator {
  const transactions = new Map<string, Transaction>();
  let lastProducerId = 0;

  const isPreparing = ({ state }: Transaction) => state === "PrepareCommit" || state === "PrepareAbort";

  const claimed = ({
    transactionalId,
    producerId,
    producerEpoch,
  }: ProducerClaim): Transaction | CoordinatorRefusal => {
    const found = transactions.get(transactionalId);
    if (found?.producerId !== producerId) return "INVALID_PRODUCER_ID_MAPPING";
    if (found.epoch !== producerEpoch) return "INVALID_PRODUCER_EPOCH";
    return isPreparing(found) ? "CONCURRENT_TRANSACTIONS" : found;
  };

  const decide = (transactionalId: string, transaction: Transaction, isCommit: boolean) => {
    transaction.state = isCommit ? "PrepareCommit" : "PrepareAbort";
    transaction.forgetTimeout();
    simulation.note(null, `${transactionalId} ${transaction.state} epoch ${transaction.epoch}`);
    const { producerId, epoch, members } = transaction;
    for (const member of members) {
      simulation.after(simulation.choices.between(0, markerDelayMs), null, () => {
        mark(member, { producerId, epoch }, isCommit);
        members.delete(member);
        if (members.size > 0) return;
        transaction.state = isCommit ? "CompleteCommit" : "CompleteAbort";
        simulation.note(null, `${transactionalId} ${transaction.state}`);
      });
    }
  };

  /** Whoever holds the old epoch is fenced from now on, and its open transaction will never be committed. */
  const fence = (transactionalId: string, transaction: Transaction) => {
    transaction.epoch += 1;
    decide(transactionalId, transaction, false);
  };

  return {
    init(transactionalId, timeoutMs) {
      const found = transactions.get(transactionalId);
      if (found === undefined) {
        const producerId = (lastProducerId += 1);
        const made = {
          producerId,
          epoch: 0,
          state: "Empty",
          members: new Set<string>(),
          forgetTimeout: () => {},
        } as const;
        transactions.set(transactionalId, { ...made });
        return { producerId, producerEpoch: 0 };
      }
      if (found.state === "Ongoing") fence(transactionalId, found);
      if (isPreparing(found)) return "CONCURRENT_TRANSACTIONS";
      found.epoch += 1;
      found.state = "Empty";
      simulation.note(null, `${transactionalId} has epoch ${found.epoch} (timeout ${timeoutMs} ms)`);
      return { producerId: found.producerId, producerEpoch: found.epoch };
    },
    add(claim, members) {
      const transaction = claimed(claim);
      if (typeof transaction === "string") return transaction;
      if (transaction.state !== "Ongoing") {
        transaction.state = "Ongoing";
        transaction.forgetTimeout = simulation.after(longestTransactionMs, null, () => {
          simulation.note(null, `${claim.transactionalId} was open for too long`);
          fence(claim.transactionalId, transaction);
        });
      }
      for (const member of members) transaction.members.add(member);
      return null;
    },
    end(claim, isCommit) {
      const transaction = claimed(claim);
      if (typeof transaction === "string") return transaction;
      if (transaction.state === "Ongoing") {
        decide(claim.transactionalId, transaction, isCommit);
        return null;
      }
      return transaction.state === (isCommit ? "CompleteCommit" : "CompleteAbort")
        ? null
        : "INVALID_TXN_STATE";
    },
    includes(claim, member) {
      const transaction = claimed(claim);
      return (
        typeof transaction !== "string" && transaction.state === "Ongoing" && transaction.members.has(member)
      );
    },
    isSettled: () =>
      [...transactions.values()].every((each) => each.state !== "Ongoing" && !isPreparing(each)),
  };
}
