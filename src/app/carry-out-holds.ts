import { commitPage } from "./commit-page.ts";
import { decidePage, getLimit } from "./decide-page.ts";
import type { Pass, PassEnd } from "./pass.ts";

/**
 * Looks up every account of the source's approved holds: what is still gone is deleted, whatever the limit; what is back leaves its hold. What the
 * look-up cannot tell stays, and is looked up again after the next complete sweep. Gives way to a due poll between slices.
 */
export async function carryOutHolds(pass: Pass, mustYield: () => boolean): Promise<PassEnd> {
  const { lane, ports } = pass;
  // Whatever is approved from now on asks for another round.
  lane.holdDueAtMs = Number.POSITIVE_INFINITY;
  const end = await lookUpApproved(pass, mustYield);
  if (end === "done") lane.approvedUpTo = null;
  else lane.holdDueAtMs = ports.clock.monotonicMs();
  return end;
}

async function lookUpApproved(pass: Pass, mustYield: () => boolean): Promise<PassEnd> {
  const { lane, ports, connector, context } = pass;
  for (;;) {
    const slice = { sourceId: lane.source.id, after: lane.approvedUpTo, limit: getLimit };
    const ids = await ports.store.approvedAccounts(slice);
    if (ids.length > 0) {
      const page = await decidePage(pass, await connector.get(ids, context), { isApproved: true });
      const outcome = await commitPage(pass, page);
      if (outcome !== "nothing-to-commit" && outcome.kind !== "committed") return outcome.kind;
    }
    lane.approvedUpTo = ids.at(-1) ?? null;
    if (ids.length < getLimit) return "done";
    if (mustYield()) return "yielded";
  }
}
