import "./checksum-patch.ts";
import "./encoder-patch.ts";
import "./record-encoding.ts";
import "./compression.ts";
import { Kafka, type KafkaConfig, logLevel } from "kafkajs";
import type { Log } from "../ports/log.ts";
import "./log-end-patch.ts";
import "./request-queue-patch.ts";

/** How to reach the brokers; `ssl` and `sasl` are kafkajs' own settings, passed through. */
export interface KafkaSettings {
  /** `host:port`, at least one. */
  brokers: readonly string[];
  ssl?: NonNullable<KafkaConfig["ssl"]>;
  sasl?: NonNullable<KafkaConfig["sasl"]>;
  /** How long a connection or a request may take, when nobody can wait as long as workers do. */
  patienceMs?: number;
}

/** No answer within this time is no answer: shorter than a lease, so that a shard that hangs is noticed by its owner. */
export const requestTimeoutMs = 15_000;

/** A crashed publisher blocks read-committed readers until its successor opens, or for this long. */
export const transactionTimeoutMs = 30_000;

/** How long a connection, its TLS handshake included, may take. */
export const connectionTimeoutMs = 5_000;

/** Makes the one client from which producers, admins and consumers of a process come. It does not connect by itself. */
export function kafkaClient(settings: KafkaSettings, log: Log): Kafka {
  const { brokers, patienceMs, ...security } = settings;
  return new Kafka({
    clientId: "tidemark",
    brokers: [...brokers],
    ...security,
    requestTimeout: patienceMs ?? requestTimeoutMs,
    connectionTimeout: patienceMs ?? connectionTimeoutMs,
    // Enough to try each address; whoever needs more patience has a back-off of its own.
    retry: {
      initialRetryTime: 100,
      retries: patienceMs === undefined ? Math.max(3, brokers.length) : brokers.length,
    },
    logLevel: logLevel.WARN,
    // Every failure reaches its caller as an error, which reports it once: kafkajs' own lines are details.
    logCreator:
      () =>
      ({ namespace, log: { message, error, broker } }) => {
        log.debug("kafka.client", { namespace, text: message, error, broker });
      },
  });
}
