import { commitPage } from "./commit-page.ts";
import { decideApproved, decidePage, getLimit } from "./decide-page.ts";
import type { Pass, PassEnd } from "./pass.ts";

/**
 * Carries the source's approved holds out, slice by slice, whatever the limits. Documents are published as they were observed last. Accounts whose
 * delete was approved are looked up: what is still gone is deleted, what is back leaves its hold. What the look-up cannot tell stays, and is looked up again after the next complete sweep. Gives way to a due poll between slices.
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
    const approved = await ports.store.approvedAccounts(slice);
    const documents = approved.filter(({ document }) => document !== null);
    if (documents.length > 0) {
      const outcome = await commitPage(pass, await decideApproved(pass, documents));
      if (outcome !== "nothing-to-commit" && outcome.kind !== "committed") return outcome.kind;
    }
    const ids = approved.filter(({ document }) => document === null).map(({ id }) => id);
    if (ids.length > 0) {
      const page = await decidePage(pass, await connector.get(ids, context), { isApproved: true });
      const outcome = await commitPage(pass, page);
      if (outcome !== "nothing-to-commit" && outcome.kind !== "committed") return outcome.kind;
    }
    lane.approvedUpTo = approved.at(-1)?.id ?? null;
    if (approved.length < getLimit) return "done";
    if (mustYield()) return "yielded";
  }
}
