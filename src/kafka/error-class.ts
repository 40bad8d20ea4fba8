import { FatalError, RetryableError } from "../core/errors.ts";

/**
 * What an answer of Kafka means for the publisher:
 * transient: open anew and ask where to go on (also everything that is not known);
 * poison: the broker will refuse one of these records for ever;
 * configuration: a person has to act, meanwhile it is tried rarely;
 * missing: a topic or partition is not there;
 * unsupported: the broker cannot do what is needed.
 */
export type ErrorClass = "transient" | "poison" | "configuration" | "missing" | "unsupported";

const classes: Readonly<Record<string, ErrorClass>> = {
  MESSAGE_TOO_LARGE: "poison",
  RECORD_LIST_TOO_LARGE: "poison",
  INVALID_RECORD: "poison",
  KAFKAJS_UNKNOWN_ERROR_CODE: "transient",
  TOPIC_AUTHORIZATION_FAILED: "configuration",
  GROUP_AUTHORIZATION_FAILED: "configuration",
  CLUSTER_AUTHORIZATION_FAILED: "configuration",
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: "configuration",
  SASL_AUTHENTICATION_FAILED: "configuration",
  UNSUPPORTED_SASL_MECHANISM: "configuration",
  SECURITY_DISABLED: "configuration",
  POLICY_VIOLATION: "configuration",
  INVALID_TRANSACTION_TIMEOUT: "configuration",
  INVALID_TOPIC_EXCEPTION: "configuration",
  INVALID_REPLICATION_FACTOR: "configuration",
  OFFSET_METADATA_TOO_LARGE: "configuration",
  UNKNOWN_TOPIC_OR_PARTITION: "missing",
  UNSUPPORTED_VERSION: "unsupported",
};

/** How long to wait before trying again what only a person can cure, in milliseconds. */
export const configurationRetryMs = 60_000;

/** The protocol's name of an error (`MESSAGE_TOO_LARGE`), or null: kafkajs throws it bare or wraps it once. */
export function kafkaErrorType(error: unknown): string | null {
  return member(error, "type") ?? member(causeOf(error), "type");
}

export function errorClass(error: unknown): ErrorClass {
  const type = kafkaErrorType(error);
  if (type !== null) return classes[type] ?? "transient";
  const names = [member(error, "name"), member(causeOf(error), "name")];
  if (names.includes("KafkaJSSASLAuthenticationError")) return "configuration";
  if (names.includes("KafkaJSServerDoesNotSupportApiKey")) return "unsupported";
  return "transient";
}

type Translation = (what: string, details: { cause: unknown }) => RetryableError | FatalError;

const translations: Readonly<Record<ErrorClass, Translation>> = {
  transient: (what, details) => new RetryableError("TIDEMARK_KAFKA_UNAVAILABLE", what, details),
  configuration: (what, details) =>
    new RetryableError("TIDEMARK_KAFKA_UNAVAILABLE", `Kafka refuses ${what}`, {
      ...details,
      retryAfterMs: configurationRetryMs,
    }),
  poison: (what, details) => new FatalError("TIDEMARK_EVENT_TOO_LARGE", what, details),
  missing: (what, details) => new FatalError("TIDEMARK_TOPIC_MISSING", what, details),
  unsupported: (what, details) => new FatalError("TIDEMARK_BROKER_UNSUPPORTED", what, details),
};

/**
 * The one place where errors of kafkajs become Tidemark's: beyond `src/kafka` no other is seen.
 *
 * @param doing What was being done, as in "publishing with tidemark.publisher.3".
 */
export function translateError(error: unknown, doing: string): RetryableError | FatalError {
  for (const own of [error, causeOf(error)]) {
    if (own instanceof RetryableError || own instanceof FatalError) return own;
  }
  const answer = kafkaErrorType(error) ?? (error instanceof Error ? error.message : String(error));
  return translations[errorClass(error)](`${doing}: ${answer}`, { cause: error });
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined;
}

function member(error: unknown, name: "type" | "name"): string | null {
  if (typeof error !== "object" || error === null) return null;
  const value = (error as Record<string, unknown>)[name];
  return typeof value === "string" ? value : null;
}
