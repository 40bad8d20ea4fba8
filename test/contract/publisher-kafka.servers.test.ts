import { inject } from "vitest";
import { kafkaSubject } from "../kafka/kafka-subject.ts";
import { publisherContract } from "./publisher.ts";

publisherContract("the Kafka publisher", (prefix) => kafkaSubject(inject("brokers"), prefix));
