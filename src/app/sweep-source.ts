import { RetryableError } from "../core/errors.ts";
import type { JsonValue } from "../core/json.ts";
import type { CompleteSweep, NotOfferedSweep } from "../ports/connector.ts";
import type { OpenSweep } from "../ports/store.ts";
import { checkStaging } from "./check-staging.ts";
import { commitPage } from "./commit-page.ts";
import { decideAhead } from "./decide-page.ts";
import { forgetUnseen } from "./forget-unseen.ts";
import { leaveSweep } from "./leave-sweep.ts";
import { type Pass, type PassEnd, oneAhead } from "./pass.ts";
import { finishPass, roomInJournal } from "./poll-source.ts";
import { settleAbsent } from "./settle-absent.ts";

/**
 * One pass over everything, in turns: it gives way as soon as `mustYield` says so and goes on from its position later.
 * Absence is judged only after the connector has returned `complete()`, and every absent account is looked up once more
 * before it is deleted or too many of them go on hold.
 */
export async function sweepSource(pass: Pass, mustYield: () => boolean): Promise<PassEnd> {
  const sweep = await openSweep(pass);
  if (sweep === "term-lost") return "term-lost";

  const end = await readEverything(pass, sweep.position, mustYield);
  if (typeof end === "string") return end;
  if (end?.complete === false) return leaveSweep(pass, end.why);
  if (end?.complete !== true) {
    throw new RetryableError(
      "TIDEMARK_UPSTREAM_SWEEP_INCOMPLETE",
      "the sweep ended without proof that it saw everything",
    );
  }
  // Before a first sweep nothing was known that could be absent.
  const settled = pass.lane.source.isLoaded ? await settleAbsent(pass, sweep.passId, mustYield) : "done";
  if (settled !== "done") return settled;
  const forgotten = await forgetUnseen(pass, sweep.passId);
  return forgotten === "done" ? finishPass(pass, "sweep") : forgotten;
}

/** The sweep that is under way, or a new one; one whose staging was emptied by a crash starts again. */
async function openSweep(pass: Pass): Promise<OpenSweep | "term-lost"> {
  const { lane, ports } = pass;
  const { source, shard } = lane;
  const open = source.openSweep;
  if (open !== null) {
    await checkStaging(pass, open);
    return open;
  }
  const opened = await ports.store.openSweep({ shard: shard.shard, term: shard.term, sourceId: source.id });
  if (opened === null) return "term-lost";
  lane.source = { ...source, openSweep: opened };
  return opened;
}

async function readEverything(
  pass: Pass,
  position: JsonValue,
  mustYield: () => boolean,
): Promise<CompleteSweep | NotOfferedSweep | void | PassEnd> {
  const read = pass.connector.sweep({ ...pass.context, position });
  const pages = oneAhead(decideAhead(pass, oneAhead(read, pass.abort)), pass.abort);
  try {
    for (;;) {
      const step = await pages.next();
      if (step.done === true) return step.value;
      await roomInJournal(pass);
      const page = await step.value();
      const outcome = await commitPage(pass, page);
      if (outcome !== "nothing-to-commit" && outcome.kind !== "committed") return outcome.kind;
      // What was read ahead is thrown away: the poll that comes now may see newer states of the same accounts. Where nothing was seen nothing
      // was gained either: a sweep that goes on from its end would yield there for ever to polls that are always due.
      if (page.observed > 0 && mustYield()) return "yielded";
    }
  } finally {
    await pages.return(undefined);
  }
}
