import { errorTable } from "../../core/error-table.ts";
import { type Finding, fault, fine, warning } from "../../core/finding.ts";
import type { ClusterCondition, TopicCondition } from "../../ports/cluster.ts";
import type { PinnedTopic } from "../../ports/store.ts";

/** Consumers that were away for longer have lost events. */
const leastRetentionMs = 86_400_000;
/** Kafka's own default is a little more. */
const leastBatchBytes = 1_000_000;

/** What database and configuration expect of the brokers. */
export interface ExpectedCluster {
  /** null: no worker has connected yet. */
  clusterId: string | null;
  topics: readonly PinnedTopic[];
  /** It holds no records. */
  progressTopic: string;
  allowWeakDurability: boolean;
}

/** What is told of the brokers and of the topics that were pinned. */
export function brokerFindings(cluster: ClusterCondition, expected: ExpectedCluster): Finding[] {
  const count = cluster.brokers === 1 ? "1 broker answers" : `${cluster.brokers} brokers answer`;
  if (expected.clusterId !== null && expected.clusterId !== cluster.clusterId)
    return [
      fault("brokers", {
        message: `they are cluster ${cluster.clusterId}, the database has published to ${expected.clusterId}`,
        whatToDo: errorTable.TIDEMARK_OTHER_CLUSTER.whatToDo,
      }),
    ];
  return [
    fine("brokers", `${count}, of cluster ${cluster.clusterId}`),
    ...(cluster.missingApis.length === 0
      ? []
      : [
          fault("brokers", {
            message: `they do not offer what publishing needs: ${cluster.missingApis.join("; ")}`,
            whatToDo: errorTable.TIDEMARK_BROKER_UNSUPPORTED.whatToDo,
          }),
        ]),
    ...durability(cluster.weaknesses, expected.allowWeakDurability),
    ...topicFindings(cluster.topics, expected),
  ];
}

function durability(weaknesses: readonly string[], isAllowed: boolean): Finding[] {
  if (weaknesses.length === 0) return [fine("brokers", "what they have acknowledged survives losing one")];
  if (isAllowed)
    return [
      warning("brokers", {
        message: `acknowledged records could be lost: ${weaknesses.length} settings are weak`,
        whatToDo:
          "Nothing while trying out; else remove kafka.allowWeakDurability, and look again: each is told then.",
      }),
    ];
  const { whatToDo } = errorTable.TIDEMARK_WEAK_DURABILITY;
  return weaknesses.map((weakness) =>
    fault("brokers", { message: `acknowledged records could be lost: ${weakness}`, whatToDo }),
  );
}

function topicFindings(found: readonly TopicCondition[], expected: ExpectedCluster): Finding[] {
  const { topics, progressTopic } = expected;
  if (topics.length === 0) return [fine("brokers", "no topic was published to yet")];
  const findings = topics.flatMap((pinned) => {
    const topic = found.find(({ name }) => name === pinned.name);
    return topic === undefined ? [missing(pinned.name)] : troubleOf(pinned, topic, progressTopic);
  });
  if (findings.length > 0) return findings;
  return [fine("brokers", `${topics.length} ${topics.length === 1 ? "topic is" : "topics are"} as pinned`)];
}

function missing(subject: string): Finding {
  const { whatToDo } = errorTable.TIDEMARK_TOPIC_MISSING;
  return fault("brokers", { subject, message: "this topic is gone", whatToDo });
}

function troubleOf(pinned: PinnedTopic, topic: TopicCondition, progressTopic: string): Finding[] {
  const { name: subject, compacted, retentionMs, maxBatchBytes } = topic;
  const findings: Finding[] = [];
  if (topic.partitions !== pinned.partitions)
    findings.push(
      fault("brokers", {
        subject,
        message: `it has ${topic.partitions} partitions, ${pinned.partitions} were pinned`,
        whatToDo: errorTable.TIDEMARK_TOPIC_PARTITIONS.whatToDo,
      }),
    );
  if (subject === progressTopic) return findings;
  if (compacted !== pinned.compacted)
    findings.push(
      warning("brokers", {
        subject,
        message: compacted ? "it is compacted now, and was not" : "it is not compacted any more",
        whatToDo: `Set its cleanup.policy back to ${pinned.compacted ? "compact" : "delete"}: deletes are told as it was when it was pinned.`,
      }),
    );
  if (!compacted && retentionMs !== null && retentionMs < leastRetentionMs)
    findings.push(
      warning("brokers", {
        subject,
        message: `it forgets events after ${Math.round(retentionMs / 60_000)} min`,
        whatToDo: "Raise its retention.ms: a consumer that is away for longer loses events.",
      }),
    );
  if (maxBatchBytes < leastBatchBytes)
    findings.push(
      warning("brokers", {
        subject,
        message: `it takes batches of ${maxBatchBytes} bytes only; larger events are published as pointers`,
        whatToDo: "Raise its max.message.bytes: see docs/large-accounts.md.",
      }),
    );
  return findings;
}
