import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { FatalError, RetryableError } from "../../src/core/errors.ts";
import type { Log } from "../../src/ports/log.ts";
import { type PinoLogOptions, pinoLog } from "../../src/telemetry/pino-log.ts";

type Line = Record<string, unknown>;

function setup(options: PinoLogOptions = {}): { log: Log; texts: string[]; lines: () => Line[] } {
  const texts: string[] = [];
  const log = pinoLog({ ...options, to: { write: (text) => texts.push(text) } });
  return { log, texts, lines: () => texts.map((text) => JSON.parse(text) as Line) };
}

describe("a line of the log", () => {
  test("is one JSON object with level as a word, ISO time, worker, fields and msg, and nothing else", () => {
    const { log, texts, lines } = setup({ worker: "w1" });
    log.info("poll.done", { source: "acme-hr", inserted: 2 });
    expect(texts).toEqual([expect.stringMatching(/^\{.*\}\n$/)]);
    expect(lines()).toEqual([
      {
        level: "info",
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        worker: "w1",
        source: "acme-hr",
        inserted: 2,
        msg: "poll.done",
      },
    ]);
  });

  test("names no worker where there is none", () => {
    const { log, lines } = setup();
    log.warn("kafka.client");
    expect(Object.keys(lines()[0] ?? {})).toEqual(["level", "time", "msg"]);
  });

  test("carries the fields that its log was given", () => {
    const { log, lines } = setup();
    log.with({ source: "acme-hr" }).with({ pass: 7 }).error("poll.halted", { code: "X" });
    expect(lines()).toMatchObject([
      { level: "error", source: "acme-hr", pass: 7, code: "X", msg: "poll.halted" },
    ]);
  });

  test("is not written below the level that was asked for", () => {
    const { log, lines } = setup({ level: "warn" });
    log.debug("one");
    log.info("two");
    log.warn("three");
    log.with({ source: "acme-hr" }).info("four");
    expect(lines().map(({ msg }) => msg)).toEqual(["three"]);
  });

  test("goes to standard output unless something else is named", async () => {
    const file = new URL("../../src/telemetry/pino-log.ts", import.meta.url).href;
    const program = `import { pinoLog } from ${JSON.stringify(file)}; pinoLog({ worker: "w1" }).info("hello"); process.exit(0);`;
    const { stdout } = await promisify(execFile)(process.execPath, [
      "--input-type=module",
      "--eval",
      program,
    ]);
    expect(JSON.parse(stdout)).toMatchObject({ worker: "w1", msg: "hello" });
  });
});

describe("an error in a line", () => {
  test("shows its code and the chain of its causes, under whatever name it is logged", () => {
    const refused = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
    const away = new RetryableError("TIDEMARK_DATABASE_UNAVAILABLE", "Postgres is away", { cause: refused });
    const stopped = new FatalError("TIDEMARK_DATABASE_BUG", "the statement failed", { cause: away });
    for (const name of ["cause", "error", "err"]) {
      const { log, lines } = setup();
      log.error("commit.failed", { [name]: stopped });
      expect(lines()[0]?.[name]).toEqual({
        name: "FatalError",
        code: "TIDEMARK_DATABASE_BUG",
        message: "the statement failed",
        cause: {
          name: "RetryableError",
          code: "TIDEMARK_DATABASE_UNAVAILABLE",
          message: "Postgres is away",
          cause: {
            name: "Error",
            code: "ECONNREFUSED",
            message: "connect ECONNREFUSED",
            stack: expect.stringContaining("pino-log.test.ts"),
          },
        },
      });
    }
  });

  test("shows none of the members that drivers put on it, where account data can be", () => {
    const { log, texts } = setup();
    const driver = Object.assign(new Error("duplicate key"), {
      code: "23505",
      detail: "Key (id)=(ann@acme)",
    });
    log.warn("poll.failed", { cause: driver });
    log.with({ source: "acme-hr" }).warn("poll.failed", { err: driver });
    expect(texts.join("")).toContain("23505");
    expect(texts.join("")).not.toContain("ann@acme");
  });

  test("that is its own cause does not hang the log", () => {
    const { log, lines } = setup();
    const circular = new Error("again");
    circular.cause = circular;
    log.error("poll.failed", { cause: circular });
    expect(lines()).toMatchObject([{ cause: { message: "again", cause: { message: "again" } } }]);
  });

  test("may have a cause that is no error", () => {
    const { log, lines } = setup();
    log.error("poll.failed", { cause: new Error("refused", { cause: "no reason" }) });
    expect(lines()).toMatchObject([{ cause: { message: "refused", cause: "no reason" } }]);
  });
});
