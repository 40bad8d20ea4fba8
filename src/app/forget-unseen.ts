import type { Pass, PassEnd } from "./pass.ts";

/** A complete sweep is over: new accounts on hold that it has not seen are not there any more, and wait no longer. */
export async function forgetUnseen(pass: Pass, passId: string): Promise<PassEnd> {
  const { lane, ports } = pass;
  const { source, shard } = lane;
  if (source.held === 0) return "done";
  const nextRevision = ports.random.nonce();
  const outcome = await ports.store.forgetUnseen({
    shard: shard.shard,
    term: shard.term,
    sourceId: source.id,
    revision: source.revision,
    nextRevision,
    passId,
  });
  if (outcome.kind !== "forgotten") return outcome.kind;
  lane.source = { ...source, revision: nextRevision };
  lane.isOutdated = true;
  return "done";
}
