import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { expect, test } from "vitest";
import { kafkaBrokers } from "../../src/kafka/kafka-brokers.ts";
import { kafkaClient } from "../../src/kafka/kafka-client.ts";
import { kafkaPublishers } from "../../src/kafka/kafka-publishers.ts";
import { silentLog } from "../support/memory-log.ts";

const unavailable = { code: "TIDEMARK_KAFKA_UNAVAILABLE" };

async function listen(server: Server): Promise<string> {
  await once(server.listen(0, "127.0.0.1"), "listening");
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function refusingAddress(): Promise<string> {
  const server = createServer();
  const address = await listen(server);
  await once(server.close(), "close");
  return address;
}

const topic = { partitions: 1, maxBatchBytes: 1_000_000 };

test("brokers that cannot be reached are worth another try", async () => {
  const kafka = kafkaClient({ brokers: [await refusingAddress()] }, silentLog);
  const publisher = kafkaPublishers(kafka, "p").forShard(0, () => topic);
  await expect(publisher.open("1")).rejects.toMatchObject(unavailable);
  await publisher.close(1_000);
  await expect(kafkaBrokers({ kafka, log: silentLog }).clusterId()).rejects.toMatchObject(unavailable);
});

test("closing returns within its grace although the broker hangs", async () => {
  const connected = Promise.withResolvers<void>();
  const silent = createServer(() => connected.resolve());
  const kafka = kafkaClient({ brokers: [await listen(silent)] }, silentLog);
  const publisher = kafkaPublishers(kafka, "p").forShard(0, () => topic);
  const opening = publisher.open("1");
  opening.catch(() => {});
  await connected.promise;
  const startedAtMs = performance.now();
  await publisher.close(100);
  expect(performance.now() - startedAtMs).toBeLessThan(1_000);
  silent.close();
});

test("a publisher that has thrown asks the brokers nothing more", async () => {
  let connections = 0;
  const hangingUp = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  const kafka = kafkaClient({ brokers: [await listen(hangingUp)] }, silentLog);
  const publisher = kafkaPublishers(kafka, "p").forShard(0, () => topic);
  await expect(publisher.open("1")).rejects.toMatchObject(unavailable);
  const before = connections;
  await expect(publisher.open("2")).rejects.toMatchObject(unavailable);
  expect(before).toBeGreaterThan(0);
  expect(connections).toBe(before);
  hangingUp.close();
});
