import kafkajs from "kafkajs";
import { parseEvent, readZstd } from "../../src/consumer/index.ts";

// A consumer as a user writes it, with nothing of Tidemark but its library: prints the account of every event. Arguments: brokers, topic,
// how many events there are, and whether it knows zstd.
const [brokers = "", topic = "", count = "", knowsZstd] = process.argv.slice(2);
if (knowsZstd === "yes") readZstd(kafkajs);
const kafka = new kafkajs.Kafka({
  brokers: brokers.split(","),
  logLevel: kafkajs.logLevel.NOTHING,
  retry: { retries: 0 },
});
const consumer = kafka.consumer({ groupId: `${topic}.${knowsZstd}` });
consumer.on(consumer.events.CRASH, ({ payload }) => {
  console.log(payload.error.message);
  process.exit(1);
});
await consumer.connect();
await consumer.subscribe({ topic, fromBeginning: true });
let left = Number(count);
await consumer.run({
  eachMessage: async ({ message: { key, value, headers } }) => {
    const parsed = parseEvent({ key, value, headers: headers ?? {} });
    if (parsed.kind === "event") console.log(parsed.event.accountId);
    left -= 1;
    if (left === 0) process.exit(0);
  },
});
