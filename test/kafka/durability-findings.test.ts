import { expect, test } from "vitest";
import { durabilityFindings } from "../../src/kafka/durability-findings.ts";

const strongTopic = {
  name: "t",
  replicas: 3,
  configs: new Map([
    ["min.insync.replicas", "2"],
    ["unclean.leader.election.enable", "false"],
  ]),
};

const strongBroker = {
  nodeId: 1,
  configs: new Map([
    ["offsets.retention.minutes", "10080"],
    ["transaction.max.timeout.ms", "900000"],
    ["offsets.topic.replication.factor", "3"],
    ["transaction.state.log.replication.factor", "3"],
    ["transaction.state.log.min.isr", "2"],
    ["transaction.partition.verification.enable", "true"],
  ]),
};

function topicWith(name: string, value: string) {
  return { ...strongTopic, configs: new Map([...strongTopic.configs, [name, value]]) };
}

function brokerWith(name: string, value: string) {
  return { ...strongBroker, configs: new Map([...strongBroker.configs, [name, value]]) };
}

test("a strong cluster has no findings", () => {
  expect(durabilityFindings([strongTopic], [strongBroker])).toEqual([]);
});

test.each([
  [{ ...strongTopic, replicas: 2 }, "topic t has 2 replicas, less than 3"],
  [topicWith("min.insync.replicas", "1"), "topic t has min.insync.replicas 1, less than 2"],
  [topicWith("unclean.leader.election.enable", "true"), "topic t has unclean.leader.election.enable"],
])("a weak topic is named with what is weak", (topic, finding) => {
  expect(durabilityFindings([topic], [strongBroker])).toEqual([finding]);
});

test.each([
  [
    brokerWith("offsets.retention.minutes", "60"),
    "broker 1 has offsets.retention.minutes 60, less than 1440",
  ],
  [
    brokerWith("transaction.max.timeout.ms", "10000"),
    "broker 1 has transaction.max.timeout.ms 10000, less than 30000",
  ],
  [
    brokerWith("offsets.topic.replication.factor", "1"),
    "broker 1 has offsets.topic.replication.factor 1, less than 3",
  ],
  [
    brokerWith("transaction.partition.verification.enable", "false"),
    "broker 1 has transaction.partition.verification.enable off",
  ],
])("a weak broker is named with what is weak", (broker, finding) => {
  expect(durabilityFindings([strongTopic], [broker])).toEqual([finding]);
});

test("a setting that a broker does not show is no finding", () => {
  expect(durabilityFindings([], [{ nodeId: 1, configs: new Map() }])).toEqual([]);
});
