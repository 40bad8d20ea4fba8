import { SourceHaltedError } from "../core/errors.ts";
import { tooManyRejected, withActivity } from "../core/guard.ts";
import { shapeJson } from "../core/shape.ts";
import type { CommitOutcome, PageHold } from "../ports/store.ts";
import type { DecidedPage } from "./decide-page.ts";
import { guardPage } from "./guard-page.ts";
import { type Pass, commitStep, emptyStep } from "./pass.ts";
import { tellDrift } from "./tell-drift.ts";
import { tellHeld } from "./tell-held.ts";

/**
 * Guards and commits what was decided for one page: inserts and deletes beyond the limits go on hold, the rest of the page is committed as usual. A poll
 * page that changed nothing is not written: its cursor goes along with the next commit, at the latest with the one that ends the pass.
 *
 * @throws SourceHaltedError when too much could not be understood; nothing of the page is committed.
 */
export async function commitPage(
  pass: Pass,
  decided: DecidedPage,
): Promise<CommitOutcome | "nothing-to-commit"> {
  const { lane, ports, counts } = pass;
  counts.pages += 1;
  pass.watched.show();
  // What was on hold tells nothing of the upstream.
  if (pass.kind !== "hold") lane.circuit?.answered(lane);
  counts.observed += decided.observed;
  guardRejected(pass, decided.rejected.length);
  const { page, holds } = guardPage(pass, decided);
  const {
    changes,
    rejected,
    cursor,
    position,
    renewed,
    drift,
    understood,
    redriven = [],
    republished = [],
  } = page;
  const moved = new Set(holds.flatMap((hold) => hold.changes.map(({ id }) => id)));
  const released = page.released.filter((id) => !moved.has(id));

  // While a sweep is open, whatever observes an account proves that it was not absent; and so does an item of it that is not understood.
  const sweepId = lane.source.openSweep?.passId;
  const ids =
    rejected.length === 0
      ? page.ids
      : [...new Set([...page.ids, ...rejected.flatMap(({ accountId }) => accountId ?? [])])];
  const moving = holds.length + renewed.length + released.length + understood.length + redriven.length;
  const entries = republished.length === 0 ? changes.entries : [...changes.entries, ...republished];
  const changesNothing = entries.length === 0 && rejected.length === 0;
  if (sweepId === undefined && changesNothing && moving === 0) {
    report(pass, page, holds);
    return "nothing-to-commit";
  }

  const nowMs = ports.clock.now();
  const { inserted, deleted } = changes;
  const outcome = await commitStep(pass, {
    ...emptyStep(pass),
    ...(cursor === undefined ? {} : { cursor }),
    entries,
    rejected,
    population: lane.source.population + inserted - deleted,
    activity: withActivity(lane.source.activity, nowMs, countedOf(pass, page)),
    ...(holds.length === 0 ? {} : { holds }),
    ...(renewed.length === 0 ? {} : { renewed }),
    ...(drift.shape === null ? {} : { shape: shapeJson(drift.shape) }),
    ...(released.length === 0 ? {} : { released }),
    ...(understood.length === 0 ? {} : { understood }),
    ...(redriven.length === 0 ? {} : { redriven }),
    ...(decided.replay === undefined ? {} : { replay: decided.replay }),
    ...(sweepId === undefined
      ? {}
      : { seen: { passId: sweepId, ids, ...(position === undefined ? {} : { position }) } }),
  });
  if (outcome.kind === "committed") {
    if (drift.shape !== null) lane.shape = drift.shape;
    report(pass, page, holds);
  }
  return outcome;
}

/** What takes from the allowance of the rolling day: neither what a person has approved nor an initial load. */
function countedOf({ lane }: Pass, { changes, isApproved }: DecidedPage) {
  if (isApproved) return { inserted: 0, deleted: 0 };
  return { inserted: lane.source.isLoaded ? changes.inserted : 0, deleted: changes.deleted };
}

function guardRejected({ kind, lane, counts }: Pass, rejectedNow: number): void {
  // What is looked up for a redrive could not be understood before: that tells nothing new about the upstream.
  if (kind === "redrive") return;
  const rejected = counts.quarantined + rejectedNow;
  if (!tooManyRejected(rejected, counts.observed, lane.source.rejectLimit)) return;
  throw new SourceHaltedError(
    "TIDEMARK_TOO_MANY_QUARANTINED",
    `${rejected} items of this pass could not be understood`,
  );
}

/** Counts what became of the page's observations, once it is certain. */
function report(
  pass: Pass,
  { changes, rejected, held, drift, republished = [] }: DecidedPage,
  holds: readonly PageHold[],
): void {
  const { counts, ports } = pass;
  const { name } = pass.lane.source;
  counts.inserted += changes.inserted;
  counts.updated += changes.updated;
  counts.deleted += changes.deleted;
  counts.unchanged += changes.unchanged;
  counts.quarantined += rejected.length;
  ports.metrics.page(name);
  ports.metrics.observations(name, "event", changes.entries.length);
  ports.metrics.observations(name, "unchanged", changes.unchanged);
  ports.metrics.observations(name, "held", held);
  ports.metrics.observations(name, "quarantined", rejected.length);
  ports.metrics.events(name, "inserted", changes.inserted);
  ports.metrics.events(name, "updated", changes.updated);
  ports.metrics.events(name, "deleted", changes.deleted);
  if (republished.length > 0) ports.metrics.events(name, "snapshot", republished.length);
  tellDrift(pass, drift.told);
  for (const hold of holds) tellHeld(pass, hold.reason, hold.changes.length, hold.detail);
}
