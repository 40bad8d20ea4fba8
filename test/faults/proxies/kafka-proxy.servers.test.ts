import { randomUUID } from "node:crypto";
import { Kafka, logLevel } from "kafkajs";
import { describe, expect, inject, onTestFinished, test } from "vitest";
import { waitUntil } from "../../../src/sandbox/servers/wait-until.ts";
import { type KafkaProxy, kafkaProxy } from "./kafka-proxy.ts";
import { type Strike, cut, cutInHalf, delay, drop, forwardThenCut } from "./strikes.ts";

/** Far longer than a request takes that is only a little late, also on a machine that does much else. */
const requestTimeoutMs = 2_000;
const late = requestTimeoutMs + 300;
const patienceMs = 20_000;

test("a client finds no way around the proxy", async () => {
  const proxy = await proxyFor();
  const admin = clientOf(proxy.brokers).admin();
  onTestFinished(() => admin.disconnect());
  const topic = await newTopic();
  const seen = proxy.on({ name: "ListOffsets", side: "response" }, ({ forward }) => forward());
  await admin.connect();
  const { brokers } = await admin.describeCluster();
  expect(brokers.map(({ port }) => port)).toEqual([proxy.port]);
  await admin.fetchTopicOffsets(topic);
  expect(seen.struck()).toBe(1);
});

describe.each<[string, Strike, "request" | "response", { isAnswered: boolean; isStored: boolean }]>([
  ["a dropped request is not carried out", drop, "request", { isAnswered: false, isStored: false }],
  ["a dropped response was carried out", drop, "response", { isAnswered: false, isStored: true }],
  ["a request is late", delay(100), "request", { isAnswered: true, isStored: true }],
  ["a request is too late", delay(late), "request", { isAnswered: false, isStored: true }],
  ["a response is late", delay(100), "response", { isAnswered: true, isStored: true }],
  ["a response is too late", delay(late), "response", { isAnswered: false, isStored: true }],
  ["a connection breaks before a request", cut, "request", { isAnswered: false, isStored: false }],
  ["a connection breaks in a request", cutInHalf, "request", { isAnswered: false, isStored: false }],
  ["a connection breaks after a request", forwardThenCut, "request", { isAnswered: false, isStored: true }],
  ["a connection breaks before a response", cut, "response", { isAnswered: false, isStored: true }],
  ["a connection breaks in a response", cutInHalf, "response", { isAnswered: false, isStored: true }],
])("%s", (_, strike, side, expected) => {
  test("on Produce", async () => {
    const proxy = await proxyFor();
    const producer = clientOf(proxy.brokers).producer({ retry: { retries: 0 } });
    onTestFinished(() => producer.disconnect());
    await producer.connect();
    const topic = await newTopic();
    const planned = proxy.on({ name: "Produce", side }, strike);
    const isAnswered = await succeeds(producer.send({ topic, messages: [{ value: "struck" }] }));
    await planned.done;
    const isStored = await stores(topic, 1, expected.isStored ? patienceMs : 1_000);
    expect({ isAnswered, isStored }).toEqual(expected);
  });
});

test("of many producers only the one is struck whose turn it is", async () => {
  const proxy = await proxyFor();
  const [mine, other] = [randomUUID(), randomUUID()];
  const opens = async (transactionalId: string) => {
    const producer = clientOf(proxy.brokers).producer({ transactionalId, retry: { retries: 0 } });
    onTestFinished(() => producer.disconnect());
    await producer.connect();
    return succeeds(producer.transaction());
  };
  // On a cluster that is new the first ones find no coordinator yet.
  await waitUntil(() => opens(other), patienceMs);
  const planned = proxy.on({ name: "InitProducerId", side: "request", of: mine, after: 1, times: 1 }, cut);
  const outcomes: boolean[] = [];
  for (const id of [other, mine, other, mine, mine]) outcomes.push(await opens(id));
  expect(outcomes).toEqual([true, true, true, false, true]);
  expect(planned.struck()).toBe(1);
});

test("a request that was overtaken arrives after those that were sent later", async () => {
  const proxy = await proxyFor();
  const topic = await newTopic();
  const late = Promise.withResolvers<void>();
  const planned = proxy.on({ name: "Produce", side: "request" }, async ({ forward, cutClient }) => {
    cutClient();
    await late.promise;
    forward();
  });
  for (const isAnswered of [false, true]) {
    const producer = clientOf(proxy.brokers).producer({ retry: { retries: 0 } });
    onTestFinished(() => producer.disconnect());
    await producer.connect();
    expect(await succeeds(producer.send({ topic, messages: [{ value: "one" }] }))).toBe(isAnswered);
  }
  expect(await stores(topic, 2, 1_000)).toBe(false);
  late.resolve();
  await planned.done;
  expect(await stores(topic, 2, patienceMs)).toBe(true);
});

async function proxyFor(): Promise<KafkaProxy> {
  const proxy = await kafkaProxy(inject("brokers"));
  onTestFinished(() => proxy.close());
  return proxy;
}

function clientOf(brokers: readonly string[]): Kafka {
  return new Kafka({
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
    requestTimeout: requestTimeoutMs,
    retry: { retries: 0 },
  });
}

async function withAdmin<T>(use: (admin: ReturnType<Kafka["admin"]>) => Promise<T>): Promise<T> {
  const admin = new Kafka({
    brokers: inject("brokers"),
    logLevel: logLevel.NOTHING,
    retry: { retries: 0 },
  }).admin();
  await admin.connect();
  try {
    return await use(admin);
  } finally {
    await admin.disconnect();
  }
}

async function newTopic(): Promise<string> {
  const topic = `proxy-${randomUUID()}`;
  await withAdmin(async (admin) => {
    await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: false });
    const isServed = () => succeeds(admin.fetchTopicOffsets(topic));
    expect(await waitUntil(isServed, 30_000)).toBe(true);
  });
  return topic;
}

/** Whether the topic gets this many records in time. */
function stores(topic: string, count: number, withinMs: number): Promise<boolean> {
  return withAdmin((admin) =>
    waitUntil(async () => {
      const [partition] = await admin.fetchTopicOffsets(topic);
      return Number(partition?.high) >= count;
    }, withinMs),
  );
}

async function succeeds(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch {
    return false;
  }
}
