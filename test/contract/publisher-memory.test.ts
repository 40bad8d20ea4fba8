import { memoryKafka } from "../support/memory-publisher.ts";
import { publisherContract } from "./publisher.ts";

publisherContract("the memory publisher", (prefix) => {
  const kafka = memoryKafka({ prefix });
  return { ...kafka, read: async (topics) => topics.flatMap((topic) => [...kafka.records(topic)]) };
});
