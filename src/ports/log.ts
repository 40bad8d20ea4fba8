/** Structured log. Fields use the words of design.md §1 in camelCase; messages are operation names (`poll.done`). */
export interface Log {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
  /** The same log with fields that every line carries. */
  with(fields: Record<string, unknown>): Log;
}
