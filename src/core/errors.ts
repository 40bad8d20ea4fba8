import { type ErrorCode, type ErrorKind, errorTable } from "./error-table.ts";

/** The codes of one kind. */
export type CodeOf<K extends ErrorKind> = {
  [C in ErrorCode]: (typeof errorTable)[C]["kind"] extends K ? C : never;
}[ErrorCode];

interface Details {
  cause?: unknown;
}

/**
 * Every error that Tidemark raises on purpose: a stable code, a sentence that says what happened, and one that says what to do.
 * One question decides the subclass: what should the caller do?
 */
export abstract class TidemarkError<K extends ErrorKind = ErrorKind> extends Error {
  readonly code: CodeOf<K>;

  constructor(code: CodeOf<K>, what: string, details: Details = {}) {
    super(what, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.name = new.target.name;
  }

  /** What a person should do about it. */
  get whatToDo(): string {
    return errorTable[this.code].whatToDo;
  }
}

/** The same step may work later: the scheduler backs off this source only. */
export class RetryableError extends TidemarkError<"retry"> {
  /** How long the other side asked to wait, in milliseconds; null when it named no delay. */
  readonly retryAfterMs: number | null;

  constructor(code: CodeOf<"retry">, what: string, details: Details & { retryAfterMs?: number | null } = {}) {
    super(code, what, details);
    this.retryAfterMs = details.retryAfterMs ?? null;
  }
}

/** This source needs a person; the others go on. */
export class SourceHaltedError extends TidemarkError<"halt"> {}

/** This process must stop working now. */
export class FatalError extends TidemarkError<"fatal"> {}

/** It was never started correctly. `faults` lists everything that is wrong, one line each. */
export class ConfigError extends TidemarkError<"config"> {
  readonly faults: readonly string[];

  constructor(code: CodeOf<"config">, faults: readonly string[], details: Details = {}) {
    super(code, faults.join("\n"), details);
    this.faults = faults;
  }
}
