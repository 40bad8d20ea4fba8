import { DatabaseError } from "pg";
import { FatalError, RetryableError, TidemarkError } from "../core/errors.ts";

/** Why the fence of a statement did not hold; nothing of the statement remains. */
export type Fence = "term-lost" | "stale";

const fences: Partial<Record<string, Fence>> = { TM001: "term-lost", TM002: "stale" };

type Cure = "TIDEMARK_DATABASE_UNAVAILABLE" | "TIDEMARK_DATABASE_CONFLICT" | "TIDEMARK_DATABASE_NOT_MIGRATED";

/**
 * What can be done about an SQLSTATE, or about its class (the first two characters) where no single one is named.
 * Whatever is not here cannot be cured by trying again. @see PostgreSQL, appendix A "Error Codes"
 */
const cures: Partial<Record<string, Cure>> = {
  "08": "TIDEMARK_DATABASE_UNAVAILABLE", // connection exceptions
  "53": "TIDEMARK_DATABASE_UNAVAILABLE", // out of disk, memory, connections
  "57": "TIDEMARK_DATABASE_UNAVAILABLE", // cancelled, shut down, starting up
  "58": "TIDEMARK_DATABASE_UNAVAILABLE", // failures of the system below
  "25006": "TIDEMARK_DATABASE_UNAVAILABLE", // read-only: a failover has left us on a standby
  "25P03": "TIDEMARK_DATABASE_UNAVAILABLE", // idle in transaction for too long
  "25P04": "TIDEMARK_DATABASE_UNAVAILABLE", // transaction timeout
  "40": "TIDEMARK_DATABASE_CONFLICT", // serialization failure, deadlock
  "40003": "TIDEMARK_DATABASE_UNAVAILABLE", // completion unknown
  "55P03": "TIDEMARK_DATABASE_CONFLICT", // lock timeout
  "3F000": "TIDEMARK_DATABASE_NOT_MIGRATED", // no such schema
  "42P01": "TIDEMARK_DATABASE_NOT_MIGRATED", // no such table
  "42703": "TIDEMARK_DATABASE_NOT_MIGRATED", // no such column
  "42883": "TIDEMARK_DATABASE_NOT_MIGRATED", // no such function
};

/** The fence that a statement ran into, or null when it failed for another reason. */
export function fenceOf(error: unknown): Fence | null {
  return (error instanceof DatabaseError && fences[error.code ?? ""]) || null;
}

/**
 * The one place where errors of `pg` become errors of Tidemark.
 *
 * An error without an SQLSTATE comes from the connection, so the outcome of the statement is unknown; an error of
 * JavaScript's own is a fault of this program and stays what it is.
 */
export function translated(error: unknown, statement: string): Error {
  if (error instanceof TidemarkError) return error;
  if (!(error instanceof Error))
    return new FatalError("TIDEMARK_DATABASE_BUG", `${statement}: ${String(error)}`);
  if (error instanceof TypeError || error instanceof RangeError) return error;
  const what = `${statement}: ${error.message || error.name}`;
  if (!(error instanceof DatabaseError) || error.code === undefined) {
    return new RetryableError("TIDEMARK_DATABASE_UNAVAILABLE", what, { cause: error });
  }
  const cure = cures[error.code] ?? cures[error.code.slice(0, 2)];
  if (cure === undefined)
    return new FatalError("TIDEMARK_DATABASE_BUG", `${what} (${error.code})`, { cause: error });
  if (cure === "TIDEMARK_DATABASE_NOT_MIGRATED") return new FatalError(cure, what, { cause: error });
  return new RetryableError(cure, what, { cause: error });
}
