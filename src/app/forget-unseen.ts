import { type Pass, type PassEnd, fenceOf } from "./pass.ts";

/** A complete sweep is over: new accounts on hold that it has not seen are not there any more, and wait no longer. */
export async function forgetUnseen(pass: Pass, passId: string): Promise<PassEnd> {
  const { lane, ports } = pass;
  if (lane.source.held === 0) return "done";
  const fence = fenceOf(pass);
  const outcome = await ports.store.forgetUnseen({ ...fence, passId });
  if (outcome.kind !== "forgotten") return outcome.kind;
  lane.source = { ...lane.source, revision: fence.nextRevision };
  lane.isOutdated = true;
  return "done";
}
