import type { Observation } from "../core/account.ts";
import { commitPage } from "./commit-page.ts";
import { decidePage, getLimit } from "./decide-page.ts";
import type { Pass, PassEnd } from "./pass.ts";
import { whyHeld } from "./why-held.ts";

type Gone = Extract<Observation, { gone: true }>;

/**
 * What look-ups have said so far about the accounts that a complete sweep has not seen. It lives in memory: after a restart they are looked
 * up anew.
 */
export interface Judgement {
  readonly passId: string;
  /** The id up to which they have been looked up; null at the start. */
  judgedUpTo: string | null;
  /** All of them have been looked up. */
  isComplete: boolean;
  /** Confirmed to be gone, not deleted yet, and observed by nothing since; hardly more than the limit of deletes. */
  readonly gone: Map<string, Gone>;
}

/**
 * Looks up what the sweep has not seen, slice by slice, before anything is deleted: what is found alive counts as seen, only what is
 * confirmed to be gone counts against the limit, what cannot be told stays as it is until the next sweep.
 * @returns `judged` when all were looked up, or why too many are gone.
 */
export async function judgeAbsent(
  pass: Pass,
  judgement: Judgement,
  mustYield: () => boolean,
): Promise<"judged" | { tooMany: string } | PassEnd> {
  const { lane, ports, connector, context } = pass;
  const { passId } = judgement;
  while (!judgement.isComplete) {
    const slice = { sourceId: lane.source.id, passId, after: judgement.judgedUpTo, limit: getLimit };
    const ids = await ports.store.absentAccounts(slice);
    if (ids.length > 0) {
      const { observations, rejected } = await connector.get(ids, context);
      const gone = observations.filter((one) => "gone" in one);
      const others = observations.filter((one) => !("gone" in one));
      if (others.length + rejected.length > 0) {
        const outcome = await commitPage(pass, await decidePage(pass, { observations: others, rejected }));
        if (outcome !== "nothing-to-commit" && outcome.kind !== "committed") return outcome.kind;
      }
      for (const one of gone) judgement.gone.set(one.id, one);
      judgement.judgedUpTo = ids.at(-1) ?? null;
    }
    const tooMany = whyHeld(pass, "deleted", judgement.gone.size);
    if (tooMany !== null) return { tooMany };
    if (ids.length < getLimit) judgement.isComplete = true;
    else if (mustYield()) return "yielded";
  }
  return "judged";
}
