import { createRequire } from "node:module";
import type { TopicDescription } from "../../src/ports/publisher.ts";
import { type CommittedOffset, type GroupOffsets, groupOffsets } from "./group-offsets.ts";
import { type PartitionLog, partitionLog } from "./partition-log.ts";
import type { Simulation } from "./simulation.ts";
import {
  type ProducerClaim,
  type TransactionCoordinator,
  transactionCoordinator,
} from "./transaction-coordinator.ts";

interface ProtocolError {
  type: string;
  code: number;
}

const protocol = createRequire(import.meta.url)("kafkajs/src/protocol/error.js") as {
  errorCodes: readonly ProtocolError[];
  createErrorFromCode(code: number): Error;
};

/** The error that kafkajs makes of an answer with this name. */
export function kafkaError(type: string): Error {
  const known = protocol.errorCodes.find((each) => each.type === type);
  if (known === undefined) throw new Error(`kafkajs knows no error ${type}`);
  return protocol.createErrorFromCode(known.code);
}

/** What kafkajs puts into a produce request, before it is encoded. */
export interface ProduceRequest extends ProducerClaim {
  topicData: readonly {
    topic: string;
    partitions: readonly { partition: number; firstSequence: number; messages: readonly SentMessage[] }[];
  }[];
}

interface SentMessage {
  key: string;
  value: Buffer | null;
  headers: Record<string, string>;
}

/** The traits of one cluster. */
export interface KafkaTraits {
  markerDelayMs: number;
  /** @see groupOffsets */
  offsetLagMs: number;
  longestTransactionMs: number;
  /** Brokers from 3.6 on check that a partition really belongs to an open transaction. */
  verifiesPartitions: boolean;
  /** How often a partition refuses a batch although the others of the request take theirs. */
  refusalRate: number;
}

/** A Kafka at the level of the protocol's steps: each of these functions is what a broker does for one request, at one moment. */
export interface SimulatedKafka {
  readonly clusterId: string;
  readonly groups: GroupOffsets;
  readonly transactions: TransactionCoordinator;
  readonly traits: KafkaTraits;
  ensureTopic(topic: TopicDescription): TopicDescription;
  topic(name: string): TopicDescription | undefined;
  initProducerId(request: { transactionalId: string; transactionTimeout: number }): {
    producerId: number;
    producerEpoch: number;
  };
  addPartitionsToTxn(
    request: ProducerClaim & {
      topics: readonly { topic: string; partitions: readonly (number | string)[] }[];
    },
  ): void;
  addOffsetsToTxn(request: ProducerClaim & { groupId: string }): void;
  txnOffsetCommit(
    request: ProducerClaim & {
      groupId: string;
      topics: readonly {
        topic: string;
        partitions: readonly { partition: number; offset: string; metadata?: string }[];
      }[];
    },
  ): void;
  endTxn(request: ProducerClaim & { transactionResult: boolean }): void;
  produce(request: ProduceRequest): { topics: [] };
  offsetFetch(request: {
    groupId: string;
    topics: readonly { topic: string; partitions: readonly { partition: number }[] }[];
  }): {
    responses: { topic: string; partitions: { partition: number; offset: string; metadata: string }[] }[];
  };
  /** The partitions of a topic. */
  logs(topic: string): readonly PartitionLog[];
}

export function simulatedKafka(simulation: Simulation, traits: KafkaTraits): SimulatedKafka {
  const topics = new Map<string, { description: TopicDescription; logs: PartitionLog[] }>();
  const groups = groupOffsets(simulation, traits.offsetLagMs);
  const logOf = (name: string): PartitionLog | undefined => {
    const slash = name.lastIndexOf("/");
    return topics.get(name.slice(0, slash))?.logs[Number(name.slice(slash + 1))];
  };
  const transactions = transactionCoordinator({
    simulation,
    markerDelayMs: traits.markerDelayMs,
    longestTransactionMs: traits.longestTransactionMs,
    mark(member, producer, isCommit) {
      if (member.startsWith("group:")) groups.mark(member.slice(6), producer, isCommit);
      else logOf(member)?.mark(producer.producerId, producer.epoch, isCommit);
    },
  });
  const refuse = (refusal: string | null) => {
    if (refusal !== null) throw kafkaError(refusal);
  };
  const verify = (claim: ProducerClaim, member: string) =>
    traits.verifiesPartitions && !transactions.includes(claim, member) ? "INVALID_TXN_STATE" : null;

  return {
    clusterId: "simulated",
    groups,
    transactions,
    traits,
    ensureTopic(wanted) {
      const logs = Array.from({ length: wanted.partitions }, partitionLog);
      if (!topics.has(wanted.name)) topics.set(wanted.name, { description: wanted, logs });
      return topics.get(wanted.name)?.description ?? wanted;
    },
    topic: (name) => topics.get(name)?.description,
    initProducerId({ transactionalId, transactionTimeout }) {
      const producer = transactions.init(transactionalId, transactionTimeout);
      if (typeof producer === "string") throw kafkaError(producer);
      return producer;
    },
    addPartitionsToTxn({ topics: wanted, ...claim }) {
      const members = wanted.flatMap(({ topic, partitions }) =>
        partitions.map((partition) => `${topic}/${partition}`),
      );
      if (members.some((member) => logOf(member) === undefined)) refuse("UNKNOWN_TOPIC_OR_PARTITION");
      refuse(transactions.add(claim, members));
    },
    addOffsetsToTxn({ groupId, ...claim }) {
      refuse(transactions.add(claim, [`group:${groupId}`]));
    },
    txnOffsetCommit({ groupId, topics: wanted, ...claim }) {
      refuse(verify(claim, `group:${groupId}`));
      const offsets = new Map<string, CommittedOffset>();
      for (const { topic, partitions } of wanted) {
        for (const { partition, offset, metadata = "" } of partitions) {
          if (logOf(`${topic}/${partition}`) === undefined) refuse("UNKNOWN_TOPIC_OR_PARTITION");
          offsets.set(`${topic}/${partition}`, { offset, metadata });
        }
      }
      const { producerId, producerEpoch: epoch } = claim;
      const outcome = groups.hold(groupId, { producerId, epoch }, offsets);
      if (outcome !== "held") refuse(outcome);
    },
    endTxn({ transactionResult, ...claim }) {
      refuse(transactions.end(claim, transactionResult));
    },
    produce({ topicData, ...claim }) {
      let refusal: string | null = null;
      for (const { topic, partitions } of topicData) {
        for (const { partition, firstSequence, messages } of partitions) {
          const member = `${topic}/${partition}`;
          const isRefused = simulation.choices.chance(traits.refusalRate);
          const why = isRefused ? "NOT_LEADER_FOR_PARTITION" : verify(claim, member);
          const { producerId, producerEpoch: epoch } = claim;
          const stored = messages.map(({ key, value, headers }) => ({
            key,
            value: value?.toString() ?? null,
            headers,
          }));
          const outcome =
            why ?? logOf(member)?.append({ producerId, epoch, firstSequence, messages: stored });
          simulation.note(
            null,
            `${member} takes ${firstSequence}+${messages.length} of epoch ${epoch}: ${outcome ?? "gone"}`,
          );
          if (outcome !== "stored" && outcome !== "duplicate")
            refusal ??= outcome ?? "UNKNOWN_TOPIC_OR_PARTITION";
        }
      }
      refuse(refusal);
      return { topics: [] };
    },
    offsetFetch({ groupId, topics: wanted }) {
      const offsets = groups.fetch(groupId);
      const found = (topic: string, partition: number) =>
        offsets.get(`${topic}/${partition}`) ?? { offset: "-1", metadata: "" };
      return {
        responses: wanted.map(({ topic, partitions }) => ({
          topic,
          partitions: partitions.map(({ partition }) => ({ partition, ...found(topic, partition) })),
        })),
      };
    },
    logs: (topic) => topics.get(topic)?.logs ?? [],
  };
}
