import kafkajs from "kafkajs";
import { type Measurement, figure, median } from "../figure.ts";
import { published, sailPointSource, until } from "../world.ts";

const changes = 200;

/** From the upstream's answer (when Tidemark has it in its hands) to a read-committed consumer, at 20 changes a second. */
export const latency: Measurement = async (world) => {
  const accounts = 1_000;
  await using upstream = await world.upstream(accounts);
  await using installation = await world.installation({
    bench: sailPointSource(upstream.baseUrl, { every: "100ms" }),
  });
  const worker = installation.worker();
  await until(async () => (await published(installation.store)) >= accounts);

  const kafka = new kafkajs.Kafka({ brokers: [world.broker], logLevel: kafkajs.logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: `latency-${Date.now()}`, maxWaitTimeInMs: 50 });
  const latenciesMs: number[] = [];
  await consumer.connect();
  await consumer.subscribe({ topics: [`${installation.prefix}.sailpoint.accounts`], fromBeginning: false });
  const joined = new Promise<void>((resolve) => {
    consumer.on(consumer.events.GROUP_JOIN, () => resolve());
  });
  await consumer.run({
    eachMessage: async ({ message }) => {
      const arrivedAtMs = Date.now();
      const { observedAt } = JSON.parse(String(message.value)) as { observedAt: string };
      latenciesMs.push(arrivedAtMs - Date.parse(observedAt));
    },
  });
  await joined;
  await upstream.control.churn(20);
  await until(() => latenciesMs.length >= changes);
  await upstream.control.churn(0);
  await consumer.disconnect();
  await worker.stop();
  const sorted = latenciesMs.sort((a, b) => a - b);
  return [
    figure("observed to consumer, p50", median(sorted), "ms"),
    figure("observed to consumer, p99", sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN, "ms"),
  ];
};
