import kafkajs from "kafkajs";
import { describe, expect, test } from "vitest";
import { FatalError, RetryableError } from "../../src/core/errors.ts";
import { errorClass, kafkaErrorType, translateError } from "../../src/kafka/error-class.ts";

function protocolError(type: string): Error {
  return new kafkajs.KafkaJSProtocolError(
    Object.assign(new Error(`the server says ${type}`), { type, code: 0 }),
  );
}

/** As a send with no retries throws it. */
function wrapped(error: Error): Error {
  return new kafkajs.KafkaJSNumberOfRetriesExceeded(error, { retryCount: 0, retryTime: 300 });
}

describe("an answer of Kafka becomes the error that says what to do", () => {
  test.each([
    ["MESSAGE_TOO_LARGE", "TIDEMARK_EVENT_TOO_LARGE"],
    ["RECORD_LIST_TOO_LARGE", "TIDEMARK_EVENT_TOO_LARGE"],
    ["INVALID_RECORD", "TIDEMARK_EVENT_TOO_LARGE"],
    ["UNKNOWN_TOPIC_OR_PARTITION", "TIDEMARK_TOPIC_MISSING"],
    ["UNSUPPORTED_VERSION", "TIDEMARK_BROKER_UNSUPPORTED"],
    ["INVALID_PRODUCER_EPOCH", "TIDEMARK_KAFKA_UNAVAILABLE"],
    ["CONCURRENT_TRANSACTIONS", "TIDEMARK_KAFKA_UNAVAILABLE"],
    ["NOT_LEADER_FOR_PARTITION", "TIDEMARK_KAFKA_UNAVAILABLE"],
    ["KAFKAJS_UNKNOWN_ERROR_CODE", "TIDEMARK_KAFKA_UNAVAILABLE"],
    ["SOMETHING_NEW", "TIDEMARK_KAFKA_UNAVAILABLE"],
  ])("%s, bare or wrapped, is %s", (type, code) => {
    for (const error of [protocolError(type), wrapped(protocolError(type))]) {
      expect(kafkaErrorType(error)).toBe(type);
      expect(translateError(error, "publishing")).toMatchObject({ code, cause: error });
    }
  });

  test.each([
    "TOPIC_AUTHORIZATION_FAILED",
    "TRANSACTIONAL_ID_AUTHORIZATION_FAILED",
    "INVALID_TRANSACTION_TIMEOUT",
  ])("%s waits for a person and is tried once a minute", (type) => {
    expect(translateError(protocolError(type), "publishing")).toMatchObject({
      code: "TIDEMARK_KAFKA_UNAVAILABLE",
      retryAfterMs: 60_000,
    });
  });

  /** kafkajs' types leave the arguments out. */
  const { KafkaJSSASLAuthenticationError, KafkaJSNonRetriableError } = kafkajs as unknown as Record<
    "KafkaJSSASLAuthenticationError" | "KafkaJSNonRetriableError",
    new (message: string, details?: { cause: unknown }) => Error
  >;

  test("refused credentials are a matter of configuration, a lost connection is not", () => {
    expect(errorClass(new KafkaJSSASLAuthenticationError("no"))).toBe("configuration");
    expect(errorClass(new kafkajs.KafkaJSConnectionError("gone"))).toBe("transient");
    expect(translateError(new kafkajs.KafkaJSConnectionError("gone"), "publishing")).toMatchObject({
      retryAfterMs: null,
    });
  });

  test("the message says what was being done and what Kafka answered", () => {
    expect(
      translateError(wrapped(protocolError("INVALID_RECORD")), "publishing with x.publisher.3").message,
    ).toBe("publishing with x.publisher.3: INVALID_RECORD");
  });

  test("errors of our own pass through, also when kafkajs has wrapped them", () => {
    const fatal = new FatalError("TIDEMARK_TOPIC_PARTITIONS", "differs");
    expect(translateError(fatal, "publishing")).toBe(fatal);
    expect(translateError(new KafkaJSNonRetriableError("differs", { cause: fatal }), "publishing")).toBe(
      fatal,
    );
    const retryable = new RetryableError("TIDEMARK_KAFKA_UNAVAILABLE", "dead");
    expect(translateError(retryable, "publishing")).toBe(retryable);
  });
});
