import { type DestinationStream, type Logger, pino } from "pino";
import type { Log } from "../ports/log.ts";
import { describeError } from "./describe-error.ts";

/** What to log, and where to. */
export interface PinoLogOptions {
  /** Every line says which worker wrote it. */
  worker?: string;
  /** The least important lines that are written; `info` by default. */
  level?: "debug" | "info" | "warn" | "error";
  /** Standard output by default. */
  to?: DestinationStream;
}

/** A log of one JSON object per line: `level` as a word, `time` in ISO-8601 UTC, `worker`, the fields, `msg`. */
export function pinoLog({ worker, level = "info", to = pino.destination(1) }: PinoLogOptions): Log {
  const logger = pino(
    {
      level,
      base: worker === undefined ? {} : { worker },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: describeErrors },
      // Pino's own serializer of `err` would copy every member of the error.
      serializers: { err: (value: unknown) => value },
    },
    to,
  );
  return logOf(logger);
}

function logOf(logger: Logger): Log {
  return {
    debug: (message, fields = {}) => logger.debug(fields, message),
    info: (message, fields = {}) => logger.info(fields, message),
    warn: (message, fields = {}) => logger.warn(fields, message),
    error: (message, fields = {}) => logger.error(fields, message),
    with: (fields) => logOf(logger.child(fields)),
  };
}

/** Errors are looked for where callers put them: among the fields themselves, under whatever name. */
function describeErrors(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      value instanceof Error ? describeError(value) : value,
    ]),
  );
}
