import { kafkaClient } from "../../src/kafka/kafka-client.ts";
import { kafkaPublishers } from "../../src/kafka/kafka-publishers.ts";
import { silentLog } from "../support/memory-log.ts";

// A publisher that is killed when everything is written and nothing is committed. Arguments: brokers, prefix, topic, its partitions.
const [brokers = "", prefix = "", topic = "", partitions] = process.argv.slice(2);
const publisher = kafkaPublishers(kafkaClient({ brokers: brokers.split(",") }, silentLog), prefix).forShard(
  0,
  () => ({ partitions: Number(partitions), maxBatchBytes: 1_000_000 }),
);
await publisher.open("4611686018427387904");
await publisher.publish({
  records: [{ topic, key: "ghost", value: "never committed", headers: {} }],
  next: "99",
  meta: { v: 1, j: "killed", bn: "1" },
  mayCommit: () => process.kill(process.pid, "SIGKILL"),
});
