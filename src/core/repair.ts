import { type ErrorCode, errorTable } from "./error-table.ts";

/** What an operator has asked `tidemark repair` for. */
export interface RepairWish {
  /** Publish the events again, from this number on, that the topics do not hold; null when it was not asked for. */
  republishFrom: string | null;
  /** Bring back from Kafka what the database has lost. */
  fromKafka: boolean;
  /** Only this shard; null means all. */
  shard: number | null;
}

/** What is known of a shard. */
export interface ShardFinding {
  shard: number;
  /** Why it is refused; null when it is not. */
  code: ErrorCode | null;
  /** The topics had to tell its position. */
  isRecovered: boolean;
  /** Kafka's position; null when it has none. */
  next: string | null;
  publishedSeq: string;
}

/** What to do with a shard. */
export type RepairStep =
  | { do: "nothing" }
  /** Store the position that the topics have told. */
  | { do: "keep-position" }
  | { do: "republish"; from: string }
  | { do: "restore" }
  /** Nothing can be done without a decision that is a person's. */
  | { do: "advise"; advice: string };

/** Chooses the step that a shard needs and its operator has agreed to. */
export function chooseRepair(found: ShardFinding, wish: RepairWish): RepairStep {
  const { shard, code } = found;
  switch (code) {
    case null:
      // Asked for by name, a shard that looks well is checked event by event.
      if (wish.republishFrom !== null && wish.shard === shard)
        return { do: "republish", from: wish.republishFrom };
      return found.isRecovered ? { do: "keep-position" } : { do: "nothing" };
    case "TIDEMARK_DATABASE_WENT_BACK":
    case "TIDEMARK_HISTORY_FORKED":
      if (wish.fromKafka) return { do: "restore" };
      return {
        do: "advise",
        advice: `tidemark repair --shard ${shard} --from-kafka brings back what the database has lost`,
      };
    case "TIDEMARK_TOPIC_MISSING":
      // The first shard that publishes to a new topic would hide from the others that theirs is gone.
      if (wish.republishFrom !== null && wish.shard === null)
        return { do: "republish", from: wish.republishFrom };
      return {
        do: "advise",
        advice:
          "tidemark repair --republish-from 1, for all shards at once, publishes again what the journal holds",
      };
    case "TIDEMARK_KAFKA_WENT_BACK":
    case "TIDEMARK_PROGRESS_LOST": {
      if (wish.republishFrom !== null) return { do: "republish", from: wish.republishFrom };
      const from = found.next ?? String(BigInt(found.publishedSeq) + 1n);
      return {
        do: "advise",
        advice: `tidemark repair --shard ${shard} --republish-from ${from} publishes what the topics lack`,
      };
    }
    default:
      return { do: "advise", advice: errorTable[code].whatToDo };
  }
}
