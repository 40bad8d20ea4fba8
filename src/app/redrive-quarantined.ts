import { commitPage } from "./commit-page.ts";
import { decidePage, getLimit } from "./decide-page.ts";
import type { Pass, PassEnd } from "./pass.ts";

/**
 * Looks up every account whose item in quarantine a person has asked for: what was read long ago is never applied, only what the upstream says
 * now. What is understood is decided as usual, and its item leaves the quarantine in the same commit; what is not stays, with the newest reason. Gives
 * way to a due poll between slices.
 */
export async function redriveQuarantined(pass: Pass, mustYield: () => boolean): Promise<PassEnd> {
  const { lane, ports } = pass;
  // Whatever is asked for from now on asks for another round.
  lane.redriveDueAtMs = Number.POSITIVE_INFINITY;
  const end = await lookUpWaiting(pass, mustYield);
  if (end !== "done") lane.redriveDueAtMs = ports.clock.monotonicMs();
  return end;
}

async function lookUpWaiting(pass: Pass, mustYield: () => boolean): Promise<PassEnd> {
  const { lane, ports, connector, context } = pass;
  for (;;) {
    const redriven = await ports.store.awaitingRedrive({ sourceId: lane.source.id, limit: getLimit });
    if (redriven.length === 0) return "done";
    const page = await decidePage(pass, await connector.get(redriven, context));
    const outcome = await commitPage(pass, { ...page, redriven });
    if (outcome !== "nothing-to-commit" && outcome.kind !== "committed") return outcome.kind;
    ports.log.info("quarantine.redriven", {
      source: lane.source.name,
      lookedUp: redriven.length,
      left: page.understood.length,
    });
    if (redriven.length < getLimit) return "done";
    if (mustYield()) return "yielded";
  }
}
