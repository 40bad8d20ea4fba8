import { RetryableError } from "../core/errors.ts";
import type { OpenSweep } from "../ports/store.ts";
import type { Pass } from "./pass.ts";

/** @throws RetryableError when a crash of the database has emptied the sweep's staging: everything would look absent. */
export async function checkStaging({ ports }: Pass, { passId, seen }: OpenSweep): Promise<void> {
  if ((await ports.store.countSeen(passId)) === seen) return;
  throw new RetryableError(
    "TIDEMARK_UPSTREAM_SWEEP_INCOMPLETE",
    "a crash of the database emptied the sweep's staging",
  );
}
