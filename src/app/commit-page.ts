import { SourceHaltedError } from "../core/errors.ts";
import { tooManyRejected, withActivity } from "../core/guard.ts";
import type { CommitOutcome } from "../ports/store.ts";
import type { DecidedPage } from "./decide-page.ts";
import { type Pass, commitStep, emptyStep } from "./pass.ts";
import { tellHeld } from "./tell-held.ts";
import { whyHeld } from "./why-held.ts";

/** A page with what the guard has made of it. */
interface GuardedPage extends Omit<DecidedPage, "withheld"> {
  /** Why deletes of this page go on hold, and whose. */
  hold: { detail: string; ids: readonly string[] } | null;
}

/**
 * Guards and commits what was decided for one page: deletes beyond the limit go on hold, the rest of the page is committed as usual. A poll page that
 * changed nothing is not written: its cursor goes along with the next commit, at the latest with the one that ends the pass.
 *
 * @throws SourceHaltedError when too much could not be understood; nothing of the page is committed.
 */
export async function commitPage(
  pass: Pass,
  decided: DecidedPage,
): Promise<CommitOutcome | "nothing-to-commit"> {
  const { lane, ports, counts } = pass;
  counts.pages += 1;
  counts.observed += decided.observed;
  guardRejected(pass, decided.rejected.length);
  const page = guardDeletes(pass, decided);
  const { ids, changes, rejected, cursor, position, hold, released, isApproved } = page;

  // While a sweep is open, whatever observes an account proves that it was not absent.
  const sweepId = lane.source.openSweep?.passId;
  const changesNothing = changes.entries.length === 0 && rejected.length === 0;
  if (sweepId === undefined && changesNothing && hold === null && released.length === 0) {
    report(pass, page);
    return "nothing-to-commit";
  }

  const nowMs = ports.clock.now();
  // What a person has approved takes nothing from the allowance of the rolling day.
  const { inserted, deleted } = changes;
  const activity = withActivity(lane.source.activity, nowMs, { inserted, deleted: isApproved ? 0 : deleted });
  const outcome = await commitStep(pass, {
    ...emptyStep(pass),
    ...(cursor === undefined ? {} : { cursor }),
    entries: changes.entries,
    rejected,
    population: lane.source.population + inserted - deleted,
    activity,
    ...(hold === null ? {} : { hold: { reason: "too-many-deletes", ...hold } }),
    ...(released.length === 0 ? {} : { released }),
    ...(sweepId === undefined
      ? {}
      : { seen: { passId: sweepId, ids, ...(position === undefined ? {} : { position }) } }),
  });
  if (outcome.kind === "committed") report(pass, page);
  return outcome;
}

function guardDeletes(pass: Pass, { withheld, ...page }: DecidedPage): GuardedPage {
  const detail = withheld === null || page.isApproved ? null : whyHeld(pass, page.changes.deleted);
  if (withheld === null || detail === null) return { ...page, hold: null };
  const { ids, held, changes } = withheld();
  return { ...page, changes, held: page.held + held, hold: ids.length === 0 ? null : { detail, ids } };
}

function guardRejected({ counts }: Pass, rejectedNow: number): void {
  const rejected = counts.quarantined + rejectedNow;
  if (!tooManyRejected(rejected, counts.observed)) return;
  throw new SourceHaltedError(
    "TIDEMARK_TOO_MANY_QUARANTINED",
    `${rejected} items of this pass could not be understood`,
  );
}

/** Counts what became of the page's observations, once it is certain. */
function report(pass: Pass, { changes, rejected, held, hold }: GuardedPage): void {
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
  if (hold !== null) tellHeld(pass, hold.ids.length, hold.detail);
}
