import { readFileSync } from "node:fs";
import kafkajs from "kafkajs";
import { Pool } from "pg";
import { parseEvent, readZstd } from "tidemark/consumer";
import { applyRecords } from "./apply-records.ts";

// Keeps the table `account` of a Postgres database equal to the accounts that topics of Tidemark tell of.
const { KAFKA_BROKERS = "localhost:9092", TOPICS, GROUP_ID = "account-table", DATABASE_URL } = process.env;
if (TOPICS === undefined || DATABASE_URL === undefined)
  throw new Error("set TOPICS (such as tidemark.bamboohr.accounts) and DATABASE_URL");

const pool = new Pool({ connectionString: DATABASE_URL });
// A connection that breaks while nobody uses it is replaced; without a listener it would end the process.
pool.on("error", (error) => console.error(error.message));
await pool.query(readFileSync(new URL("schema.sql", import.meta.url), "utf8"));

readZstd(kafkajs);
const kafka = new kafkajs.Kafka({ clientId: "account-table", brokers: KAFKA_BROKERS.split(",") });
// kafkajs reads committed records only, unless it is told otherwise; most other clients have to be told (`isolation.level=read_committed`).
// A topic that is not there yet is for Tidemark to create, with as many partitions as it is told.
const consumer = kafka.consumer({
  groupId: GROUP_ID,
  allowAutoTopicCreation: false,
  // After a process was killed its partitions wait this long for another one.
  sessionTimeout: 10_000,
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => void consumer.disconnect().then(() => pool.end()));
}

await consumer.connect();
await consumer.subscribe({ topics: TOPICS.split(","), fromBeginning: true });
await consumer.run({
  // kafkajs commits a batch's offsets after this has returned: after the transaction. Killed in between, the batch comes again, and is ignored. When it
  // throws, because the database is away or a record is no event, kafkajs tries the batch again: nothing is skipped.
  async eachBatch({ batch: { topic, partition, messages } }) {
    const records = messages.map(({ key, value, headers = {} }) => parseEvent({ key, value, headers }));
    const { applied, ignored, missing } = await applyRecords(pool, records);
    console.log(`${topic}/${partition}: ${applied} applied, ${ignored} ignored`);
    for (const gap of missing) console.error(`missing: ${gap}`);
  },
});
