import type { Log } from "../../src/ports/log.ts";

/** A line that was logged. */
export interface LoggedLine {
  level: "debug" | "info" | "warn" | "error";
  message: string;
  fields: Record<string, unknown>;
}

/** A log that keeps its lines, oldest first, those of its `with` children included. */
export interface MemoryLog extends Log {
  readonly lines: readonly LoggedLine[];
}

export function memoryLog(): MemoryLog {
  const lines: LoggedLine[] = [];
  return { ...logInto((line) => lines.push(line), {}), lines };
}

/** A log that forgets everything. */
export const silentLog: Log = logInto(() => undefined, {});

function logInto(write: (line: LoggedLine) => void, bound: Record<string, unknown>): Log {
  const at =
    (level: LoggedLine["level"]): Log["info"] =>
    (message, fields = {}) => {
      write({ level, message, fields: { ...bound, ...fields } });
    };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    with: (fields) => logInto(write, { ...bound, ...fields }),
  };
}
