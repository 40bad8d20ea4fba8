import type { HoldReason } from "../ports/store.ts";
import { checkStaging } from "./check-staging.ts";
import { commitPage } from "./commit-page.ts";
import { decidePage, getLimit } from "./decide-page.ts";
import { type Judgement, judgeAbsent } from "./judge-absent.ts";
import { type Pass, type PassEnd, fenceOf } from "./pass.ts";
import { tellHeld } from "./tell-held.ts";

/**
 * What becomes of the accounts that a complete sweep has not seen: those whose delete a person has approved are deleted, and so are those that a
 * look-up confirms to be gone, unless there are too many of them, or the sweep saw nothing at all: then all the others that are absent go on hold,
 * and none of them is deleted.
 */
export async function settleAbsent(pass: Pass, passId: string, mustYield: () => boolean): Promise<PassEnd> {
  const { lane, ports } = pass;
  const { store } = ports;
  const absent = await store.countAbsent(lane.source.id, passId);
  // Looked at after the count: a crash since the turn began must not make a person look for what is missing.
  const stored = await store.loadSource(lane.source.id);
  if (stored?.openSweep?.passId !== passId) return "stale";
  await checkStaging(pass, stored.openSweep);
  if (stored.held > 0) {
    const end = await deleteApproved(pass, passId, mustYield);
    if (end !== "done") return end;
  }
  if (absent === 0) return "done";
  if (stored.openSweep.observed === 0)
    return holdAbsent(pass, passId, "empty-sweep", `the sweep saw none of the ${absent} accounts`);

  const judgement = judgementOf(pass, passId);
  const judged = await judgeAbsent(pass, judgement, mustYield);
  if (judged === "judged") return deleteGone(pass, judgement, mustYield);
  if (typeof judged === "string") return judged;
  return holdAbsent(pass, passId, "too-many-deletes", judged.tooMany);
}

function judgementOf({ lane }: Pass, passId: string): Judgement {
  if (lane.judgement?.passId === passId) return lane.judgement;
  const judgement = { passId, judgedUpTo: null, isComplete: false, gone: new Map() };
  lane.judgement = judgement;
  return judgement;
}

/**
 * Deletes accounts of approved holds that this sweep has not seen either: a person has licensed that, and where no look-up can tell nothing else ever
 * would. An account that anything has seen since is in no hold any more.
 */
async function deleteApproved(pass: Pass, passId: string, mustYield: () => boolean): Promise<PassEnd> {
  const { lane, ports } = pass;
  for (let after: string | null = null; ;) {
    const slice = { sourceId: lane.source.id, passId, after, limit: getLimit };
    const ids = await ports.store.approvedAbsent(slice);
    if (ids.length === 0) return "done";
    after = ids.at(-1) ?? null;
    const observations = ids.map((id) => ({ id, gone: true as const, at: null }));
    const page = await decidePage(pass, { observations, rejected: [] }, { isApproved: true });
    const outcome = await commitPage(pass, page);
    if (outcome !== "nothing-to-commit" && outcome.kind !== "committed") return outcome.kind;
    if (mustYield()) return "yielded";
  }
}

/** Deletes what was judged to be gone, in bounded slices, each read again: a poll that came between may have seen some. */
async function deleteGone(
  pass: Pass,
  { passId, gone }: Judgement,
  mustYield: () => boolean,
): Promise<PassEnd> {
  const { lane, ports } = pass;
  let after: string | null = null;
  for (;;) {
    const slice = { sourceId: lane.source.id, passId, after, limit: getLimit };
    const ids = await ports.store.absentAccounts(slice);
    if (ids.length === 0) return "done";
    after = ids.at(-1) ?? null;
    const observations = ids.flatMap((id) => gone.get(id) ?? []);
    if (observations.length === 0) continue;
    const outcome = await commitPage(pass, await decidePage(pass, { observations, rejected: [] }));
    if (outcome !== "nothing-to-commit" && outcome.kind !== "committed") return outcome.kind;
    if (mustYield()) return "yielded";
  }
}

async function holdAbsent(pass: Pass, passId: string, reason: HoldReason, detail: string): Promise<PassEnd> {
  const { lane, ports } = pass;
  const fence = fenceOf(pass);
  const outcome = await ports.store.holdAbsent({ ...fence, passId, reason, detail });
  if (outcome.kind !== "held") return outcome.kind;
  const { held } = outcome;
  lane.source = { ...lane.source, revision: fence.nextRevision, held: lane.source.held + held };
  lane.isOutdated = true;
  tellHeld(pass, reason, held, detail);
  return "done";
}
