import { RetryableError } from "../core/errors.ts";

/** What a sweep throws that cannot prove that it saw every account: it deletes nobody, and is repeated. @param why One clause, without secrets. */
export function incompleteSweep(why: string): RetryableError {
  return new RetryableError(
    "TIDEMARK_UPSTREAM_SWEEP_INCOMPLETE",
    `The sweep cannot prove that it saw every account: ${why}`,
  );
}
