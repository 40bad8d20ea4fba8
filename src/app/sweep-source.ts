import { RetryableError, SourceHaltedError } from "../core/errors.ts";
import { deletesOfDay, whyTooManyDeletes } from "../core/guard.ts";
import type { JsonValue } from "../core/json.ts";
import type { CompleteSweep } from "../ports/connector.ts";
import type { OpenSweep } from "../ports/store.ts";
import { commitPage } from "./commit-page.ts";
import { decideAhead, decidePage, getLimit } from "./decide-page.ts";
import { type Pass, type PassEnd, oneAhead } from "./pass.ts";
import { finishPass, roomInJournal } from "./poll-source.ts";

/**
 * One pass over everything, in turns: it gives way as soon as `mustYield` says so and goes on from its position later.
 * Absence is judged only after the connector has returned `complete()`, and every absent account is looked up once more
 * before it is deleted.
 */
export async function sweepSource(pass: Pass, mustYield: () => boolean): Promise<PassEnd> {
  const sweep = await openSweep(pass);
  if (sweep === "term-lost") return "term-lost";

  const end = await readEverything(pass, sweep.position, mustYield);
  if (typeof end === "string") return end;
  if (end?.complete !== true) {
    throw new RetryableError(
      "TIDEMARK_UPSTREAM_SWEEP_INCOMPLETE",
      "the sweep ended without proof that it saw everything",
    );
  }
  const settled = await deleteAbsent(pass, sweep.passId, mustYield);
  return settled === "done" ? finishPass(pass) : settled;
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

/** @throws RetryableError when a crash of the database has emptied the staging: everything would look absent. */
async function checkStaging({ ports }: Pass, { passId, seen }: OpenSweep): Promise<void> {
  if ((await ports.store.countSeen(passId)) === seen) return;
  throw new RetryableError(
    "TIDEMARK_UPSTREAM_SWEEP_INCOMPLETE",
    "a crash of the database emptied the sweep's staging",
  );
}

async function readEverything(
  pass: Pass,
  position: JsonValue,
  mustYield: () => boolean,
): Promise<CompleteSweep | void | PassEnd> {
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

/** Deletes, slice by slice, the accounts that were known, that the sweep has not seen, and that a look-up confirms to be gone. */
async function deleteAbsent(pass: Pass, passId: string, mustYield: () => boolean): Promise<PassEnd> {
  const { lane, ports, population } = pass;
  const { store } = ports;
  const absent = await store.countAbsent(lane.source.id, passId);
  // Looked at after the count: a crash since the turn began must not make a person look for what is missing.
  const stored = await store.loadSource(lane.source.id);
  if (stored?.openSweep?.passId !== passId) return "stale";
  await checkStaging(pass, stored.openSweep);
  if (absent > 0 && absent >= lane.source.population) {
    throw new SourceHaltedError(
      "TIDEMARK_EMPTY_SWEEP",
      `the sweep saw none of the ${absent} accounts that are known`,
    );
  }
  // Judged as a whole before the first delete: beyond the limit none of them may happen.
  const why = whyTooManyDeletes({
    ofPass: 0,
    ofDay: deletesOfDay(lane.source.activity, ports.clock.now()),
    more: absent,
    population,
    limit: lane.source.deleteLimit,
  });
  if (why !== null) throw new SourceHaltedError("TIDEMARK_TOO_MANY_DELETES", why);

  let after: string | null = null;
  for (;;) {
    const ids = await store.absentAccounts({ sourceId: lane.source.id, passId, after, limit: getLimit });
    if (ids.length === 0) return "done";
    after = ids.at(-1) ?? null;
    const page = await decidePage(pass, await pass.connector.get(ids, pass.context));
    const outcome = await commitPage(pass, page);
    if (outcome !== "nothing-to-commit" && outcome.kind !== "committed") return outcome.kind;
    if (page.observed > 0 && mustYield()) return "yielded";
  }
}
