import { inject } from "vitest";
import { kafkaSubject } from "../kafka/kafka-subject.ts";
import { publisherContract } from "./publisher.ts";

for (const compression of ["none", "gzip", "zstd"] as const) {
  publisherContract(`the Kafka publisher with compression ${compression}`, (prefix) =>
    kafkaSubject(inject("brokers"), prefix, compression),
  );
}
