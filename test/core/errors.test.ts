import { readFileSync, readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type ErrorCode, type ErrorKind, errorTable } from "../../src/core/error-table.ts";
import {
  type CodeOf,
  ConfigError,
  FatalError,
  RetryableError,
  SourceHaltedError,
  TidemarkError,
} from "../../src/core/errors.ts";

/** How the class of each kind is constructed. */
const construct: { [K in ErrorKind]: (code: CodeOf<K>, cause: unknown) => TidemarkError<K> } = {
  retry: (code, cause) => new RetryableError(code, "it failed", { cause }),
  halt: (code, cause) => new SourceHaltedError(code, "it failed", { cause }),
  fatal: (code, cause) => new FatalError(code, "it failed", { cause }),
  config: (code, cause) => new ConfigError(code, ["it failed"], { cause }),
};
const classOf: Record<ErrorKind, string> = {
  retry: "RetryableError",
  halt: "SourceHaltedError",
  fatal: "FatalError",
  config: "ConfigError",
};
const codes = Object.keys(errorTable) as ErrorCode[];

function constructed(code: ErrorCode, cause: unknown): TidemarkError {
  const { kind } = errorTable[code];
  return (construct[kind] as (code: ErrorCode, cause: unknown) => TidemarkError)(code, cause);
}

describe("every row of the error table", () => {
  test.each(codes)("%s is an error of its class that says what to do", (code) => {
    const cause = new Error("below");
    const error = constructed(code, cause);
    expect(error).toBeInstanceOf(TidemarkError);
    expect(error).toMatchObject({
      code,
      name: classOf[errorTable[code].kind],
      message: "it failed",
      cause,
      whatToDo: errorTable[code].whatToDo,
    });
  });

  test.each(codes)("%s has sentences that a person can read", (code) => {
    const { when, whatToDo } = errorTable[code];
    expect(code).toMatch(/^TIDEMARK(_[A-Z]+)+$/);
    expect(when).toMatch(/^[A-Z].{10,}\.$/);
    expect(whatToDo).toMatch(/^[A-Z].{10,}$/);
  });
});

test("every code that is written anywhere in src stands in the table", () => {
  const known = new Set<string>(codes);
  const src = new URL("../../src/", import.meta.url);
  const found = readdirSync(src, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .flatMap((path) =>
      unknownCodes(readFileSync(new URL(path, src), "utf8"), known).map((code) => `${path}: ${code}`),
    );
  expect(found).toEqual([]);
});

test("an unknown code would be noticed, a variable of the environment is none", () => {
  const source = `
    /** @throws FatalError \`TIDEMARK_JOURNAL_GAP\` or \`TIDEMARK_JOURNAL_GAB\` */
    TIDEMARK_POSTGRES_URL: "\${env:TIDEMARK_ELSE}"`;
  expect(unknownCodes(source, new Set<string>(codes))).toEqual(["TIDEMARK_JOURNAL_GAB"]);
});

/** Codes stand in double quotes or, in comments, in backticks; variables of the environment stand otherwise. */
function unknownCodes(source: string, known: ReadonlySet<string>): string[] {
  return [...source.matchAll(/(["`])(TIDEMARK_[A-Z_]+)\1/g)]
    .map(([, , code]) => code ?? "")
    .filter((code) => !known.has(code) && !variables.has(code));
}

/** Variables of the environment that are named in quotes somewhere. */
const variables = new Set([
  "TIDEMARK_CONFIG",
  "TIDEMARK_POSTGRES_URL",
  "TIDEMARK_KAFKA_BROKERS",
  "TIDEMARK_TOKEN_KEY",
]);

describe("a retryable error", () => {
  test("carries how long the other side asked to wait, if it did", () => {
    const asked = new RetryableError("TIDEMARK_UPSTREAM_THROTTLED", "slow down", { retryAfterMs: 1_500 });
    expect(asked.retryAfterMs).toBe(1_500);
    expect(new RetryableError("TIDEMARK_UPSTREAM_THROTTLED", "slow down").retryAfterMs).toBeNull();
  });
});

describe("a configuration error", () => {
  test("lists every fault, one line each", () => {
    const error = new ConfigError("TIDEMARK_CONFIG_INVALID", ["one is missing", "two is wrong"]);
    expect(error.faults).toEqual(["one is missing", "two is wrong"]);
    expect(error.message).toBe("one is missing\ntwo is wrong");
  });
});

test("an error without a cause has no cause member at all", () => {
  expect(Object.hasOwn(new FatalError("TIDEMARK_JOURNAL_GAP", "a gap"), "cause")).toBe(false);
});
