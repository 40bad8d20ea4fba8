import { FatalError, TidemarkError } from "../core/errors.ts";
import type { UpstreamFailure } from "../core/upstream-check.ts";
import { connectorBug } from "./take-turn.ts";

/** What the database could not tell it may tell the next time: that is no failure of the upstream. */
const ofDatabase: readonly string[] = ["TIDEMARK_DATABASE_UNAVAILABLE", "TIDEMARK_DATABASE_CONFLICT"];

/** An error that is the answer to who has asked about the upstream. @throws the error itself where it says nothing of the upstream */
export function upstreamFailure(error: unknown): UpstreamFailure {
  const known = error instanceof TidemarkError ? error : connectorBug(error);
  if (known instanceof FatalError || ofDatabase.includes(known.code)) throw known;
  const { code, message, whatToDo } = known;
  return { code, message, whatToDo };
}
