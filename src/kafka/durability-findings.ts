import { transactionTimeoutMs } from "./kafka-client.ts";

/** What a topic is like, as far as it bears on losing records. */
export interface TopicDurability {
  name: string;
  /** The smallest number of replicas that a partition has. */
  replicas: number;
  configs: ReadonlyMap<string, string>;
}

/** What a broker is like. */
export interface BrokerDurability {
  nodeId: number;
  configs: ReadonlyMap<string, string>;
}

const wantedReplicas = 3;
const wantedInSync = 2;
const wantedRetentionMinutes = 24 * 60;

/** Says, one line each, why the cluster or a topic could lose what it has acknowledged; empty when it is strong. */
export function durabilityFindings(
  topics: readonly TopicDurability[],
  brokers: readonly BrokerDurability[],
): string[] {
  return [...topics.flatMap(topicFindings), ...brokers.flatMap(brokerFindings)];
}

function topicFindings({ name, replicas, configs }: TopicDurability): string[] {
  const findings: string[] = [];
  if (replicas < wantedReplicas)
    findings.push(`topic ${name} has ${replicas} replicas, less than ${wantedReplicas}`);
  const inSync = numberIn(configs, "min.insync.replicas");
  if (inSync !== null && inSync < wantedInSync) {
    findings.push(`topic ${name} has min.insync.replicas ${inSync}, less than ${wantedInSync}`);
  }
  if (configs.get("unclean.leader.election.enable") === "true") {
    findings.push(`topic ${name} has unclean.leader.election.enable`);
  }
  return findings;
}

function brokerFindings({ nodeId, configs }: BrokerDurability): string[] {
  const atLeast = (name: string, wanted: number): string[] => {
    const found = numberIn(configs, name);
    return found === null || found >= wanted
      ? []
      : [`broker ${nodeId} has ${name} ${found}, less than ${wanted}`];
  };
  return [
    // A shard that is idle for longer loses its progress.
    ...atLeast("offsets.retention.minutes", wantedRetentionMinutes),
    ...atLeast("transaction.max.timeout.ms", transactionTimeoutMs),
    // What the internal topics will be created with, where they do not exist yet.
    ...atLeast("offsets.topic.replication.factor", wantedReplicas),
    ...atLeast("transaction.state.log.replication.factor", wantedReplicas),
    ...atLeast("transaction.state.log.min.isr", wantedInSync),
    ...(configs.get("transaction.partition.verification.enable") === "false"
      ? [`broker ${nodeId} has transaction.partition.verification.enable off`]
      : []),
  ];
}

function numberIn(configs: ReadonlyMap<string, string>, name: string): number | null {
  const text = configs.get(name);
  return text === undefined || text === "" ? null : Number(text);
}
