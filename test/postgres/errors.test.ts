import { DatabaseError } from "pg";
import { describe, expect, it } from "vitest";
import { FatalError, RetryableError } from "../../src/core/errors.ts";
import { fenceOf, translated } from "../../src/postgres/errors.ts";

function sqlState(code: string): DatabaseError {
  return Object.assign(new DatabaseError("refused", 7, "error"), { code });
}

const unavailable = "TIDEMARK_DATABASE_UNAVAILABLE";
const conflict = "TIDEMARK_DATABASE_CONFLICT";
const notMigrated = "TIDEMARK_DATABASE_NOT_MIGRATED";
const bug = "TIDEMARK_DATABASE_BUG";

describe("errors of Postgres", () => {
  it.each([
    ["08006", unavailable],
    ["08P01", unavailable],
    ["25006", unavailable],
    ["25P03", unavailable],
    ["53100", unavailable],
    ["53300", unavailable],
    ["57014", unavailable],
    ["57P01", unavailable],
    ["57P03", unavailable],
    ["58030", unavailable],
    ["40003", unavailable],
    ["40001", conflict],
    ["40P01", conflict],
    ["55P03", conflict],
  ])("SQLSTATE %s is worth another try: %s", (state, code) => {
    const error = translated(sqlState(state), "journal.next");
    expect(error).toBeInstanceOf(RetryableError);
    expect(error).toMatchObject({ code, message: expect.stringContaining("journal.next") });
    expect(error.cause).toBeInstanceOf(DatabaseError);
  });

  it.each([
    ["42P01", notMigrated],
    ["3F000", notMigrated],
    ["42703", notMigrated],
    ["42883", notMigrated],
    ["42501", bug],
    ["23505", bug],
    ["23514", bug],
    ["22P05", bug],
    ["28P01", bug],
    ["3D000", bug],
    ["XX000", bug],
  ])("SQLSTATE %s is not: %s", (state, code) => {
    const error = translated(sqlState(state), "journal.next");
    expect(error).toBeInstanceOf(FatalError);
    expect(error).toMatchObject({ code });
  });

  it("an error of the connection leaves the outcome unknown", () => {
    const refused = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
    for (const cause of [
      refused,
      new AggregateError([refused], ""),
      new Error("Connection terminated unexpectedly"),
    ]) {
      expect(translated(cause, "x")).toMatchObject({ code: unavailable, cause });
    }
  });

  it("faults of this program and errors that were translated already stay what they are", () => {
    for (const error of [
      new TypeError("undefined"),
      new RetryableError(conflict, "again"),
      new FatalError(bug, "no"),
    ]) {
      expect(translated(error, "x")).toBe(error);
    }
  });

  it("our own SQLSTATEs are fences, nothing else is", () => {
    expect(fenceOf(sqlState("TM001"))).toBe("term-lost");
    expect(fenceOf(sqlState("TM002"))).toBe("stale");
    expect(fenceOf(sqlState("40001"))).toBeNull();
    expect(fenceOf(Object.assign(new Error("x"), { code: "TM001" }))).toBeNull();
  });
});
