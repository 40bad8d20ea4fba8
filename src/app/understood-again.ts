import type { Observation, RejectedItem } from "../core/account.ts";
import type { Pass } from "./pass.ts";

/**
 * Accounts with an item in quarantine of which these observations tell everything: their document, or that they are gone. Asked only where the
 * source has anything in quarantine. What is rejected along with them stays there: nobody knows which of the two is newer.
 */
export async function understoodAgain(
  { lane, ports }: Pass,
  observations: readonly Observation[],
  rejected: readonly RejectedItem[],
): Promise<readonly string[]> {
  if (lane.source.quarantined === 0) return [];
  const refused = new Set(rejected.map(({ accountId }) => accountId));
  const told = observations.filter((one) => !("present" in one) && !refused.has(one.id));
  if (told.length === 0) return [];
  return ports.store.quarantinedAmong(lane.source.id, [...new Set(told.map(({ id }) => id))]);
}
