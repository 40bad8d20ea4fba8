import type { PageDiff } from "../core/diff.ts";
import { SourceHaltedError } from "../core/errors.ts";
import { tooManyRejected, whyTooManyDeletes, deletesOfDay, withActivity } from "../core/guard.ts";
import type { CommitOutcome } from "../ports/store.ts";
import type { DecidedPage } from "./decide-page.ts";
import { type Pass, commitStep, emptyStep } from "./pass.ts";

/**
 * Guards and commits what was decided for one page. A poll page that changed nothing is not written: its cursor goes along with the
 * next commit, at the latest with the one that ends the pass.
 *
 * @throws SourceHaltedError when the guard forbids the page; nothing of it is committed.
 */
export async function commitPage(
  pass: Pass,
  { ids, observed, changes, rejected, cursor, position }: DecidedPage,
): Promise<CommitOutcome | "nothing-to-commit"> {
  const { lane, ports, counts } = pass;
  counts.pages += 1;
  counts.observed += observed;
  guard(pass, changes, rejected.length);

  // While a sweep is open, whatever observes an account proves that it was not absent.
  const sweepId = lane.source.openSweep?.passId;
  if (sweepId === undefined && changes.entries.length === 0 && rejected.length === 0) {
    report(pass, changes, 0);
    return "nothing-to-commit";
  }

  const nowMs = ports.clock.now();
  const outcome = await commitStep(pass, {
    ...emptyStep(pass),
    ...(cursor === undefined ? {} : { cursor }),
    entries: changes.entries,
    rejected,
    population: lane.source.population + changes.inserted - changes.deleted,
    activity: withActivity(lane.source.activity, nowMs, changes),
    ...(sweepId === undefined
      ? {}
      : { seen: { passId: sweepId, ids, ...(position === undefined ? {} : { position }) } }),
  });
  if (outcome.kind === "committed") report(pass, changes, rejected.length);
  return outcome;
}

function guard(pass: Pass, changes: PageDiff, rejectedNow: number): void {
  const { lane, ports, counts, population } = pass;
  const why = whyTooManyDeletes({
    ofPass: counts.deleted,
    ofDay: deletesOfDay(lane.source.activity, ports.clock.now()),
    more: changes.deleted,
    population,
    limit: lane.source.deleteLimit,
  });
  if (why !== null) throw new SourceHaltedError("TIDEMARK_TOO_MANY_DELETES", why);
  const rejected = counts.quarantined + rejectedNow;
  if (tooManyRejected(rejected, counts.observed)) {
    throw new SourceHaltedError(
      "TIDEMARK_TOO_MANY_QUARANTINED",
      `${rejected} items of this pass could not be understood`,
    );
  }
}

/** Counts what became of the page's observations, once it is certain. */
function report(pass: Pass, changes: PageDiff, quarantined: number): void {
  const { counts, ports } = pass;
  const { name } = pass.lane.source;
  counts.inserted += changes.inserted;
  counts.updated += changes.updated;
  counts.deleted += changes.deleted;
  counts.unchanged += changes.unchanged;
  counts.quarantined += quarantined;
  ports.metrics.page(name);
  ports.metrics.observations(name, "event", changes.entries.length);
  ports.metrics.observations(name, "unchanged", changes.unchanged);
  ports.metrics.observations(name, "quarantined", quarantined);
  ports.metrics.events(name, "inserted", changes.inserted);
  ports.metrics.events(name, "updated", changes.updated);
  ports.metrics.events(name, "deleted", changes.deleted);
}
