import { TidemarkError } from "../core/errors.ts";

/** An error as a log line shows it. */
export interface DescribedError {
  name: string;
  code?: string | number;
  message: string;
  /** Only for errors that nobody raised on purpose: where a bug is. */
  stack?: string;
  cause?: unknown;
}

/** Longest chain of causes that is followed; it also ends one that leads back to itself. */
const deepestCause = 8;

/**
 * An error and its causes, as plain JSON. Members that drivers put on their errors are left out: Postgres's `detail` and
 * undici's `headers` carry what must not be logged.
 */
export function describeError(error: Error, depth = 0): DescribedError {
  const { cause } = error;
  const code: unknown = "code" in error ? error.code : undefined;
  return {
    name: error.name,
    ...(typeof code === "string" || typeof code === "number" ? { code } : {}),
    message: error.message,
    ...(error instanceof TidemarkError || error.stack === undefined ? {} : { stack: error.stack }),
    ...(cause === undefined || depth === deepestCause
      ? {}
      : { cause: cause instanceof Error ? describeError(cause, depth + 1) : cause }),
  };
}
