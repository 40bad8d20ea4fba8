import type { Observation, RejectedItem } from "../core/account.ts";
import type { KnownAccount } from "../core/change.ts";
import { type DiffedSource, type PageDiff, diff } from "../core/diff.ts";
import { SourceHaltedError } from "../core/errors.ts";
import { tooManyRejected, whyTooManyDeletes, deletesOfDay, withActivity } from "../core/guard.ts";
import type { JsonValue } from "../core/json.ts";
import type { CommitOutcome } from "../ports/store.ts";
import { type Pass, commitStep, emptyStep } from "./pass.ts";

/** What one page brings; sweeps say which sweep it belongs to. */
export interface ReadPage {
  observations: readonly Observation[];
  rejected: readonly RejectedItem[];
  cursor?: JsonValue;
  sweep?: { passId: string; position?: JsonValue };
}

/** How many ids a connector is asked for at once. */
export const getLimit = 100;

/**
 * Known-read → decide → commit for one page. A poll page that changed nothing is not written: its cursor goes along with the
 * next commit, at the latest with the one that ends the pass.
 *
 * @throws SourceHaltedError when the guard forbids the page; nothing of it is committed.
 */
export async function commitPage(pass: Pass, page: ReadPage): Promise<CommitOutcome | "nothing-to-commit"> {
  const { lane, ports, counts } = pass;
  const { result, observations, rejected } = await decide(pass, page);

  counts.pages += 1;
  counts.observed += observations.length;
  guard(pass, result, rejected.length);

  // While a sweep is open, whatever observes an account proves that it was not absent.
  const sweepId = page.sweep?.passId ?? lane.source.openSweep?.passId;
  if (
    page.sweep === undefined &&
    result.entries.length === 0 &&
    rejected.length === 0 &&
    sweepId === undefined
  ) {
    report(pass, result, 0);
    return "nothing-to-commit";
  }

  const nowMs = ports.clock.now();
  const outcome = await commitStep(pass, {
    ...emptyStep(pass),
    ...(page.cursor === undefined ? {} : { cursor: page.cursor }),
    accounts: result.accounts,
    entries: result.entries,
    rejected,
    population: lane.source.population + result.inserted - result.deleted,
    activity: withActivity(lane.source.activity, nowMs, result),
    ...(sweepId === undefined
      ? {}
      : {
          seen: {
            passId: sweepId,
            ids: [...new Set(observations.map(({ id }) => id))],
            ...(page.sweep?.position === undefined ? {} : { position: page.sweep.position }),
          },
        }),
  });
  if (outcome.kind === "committed") report(pass, result, rejected.length);
  return outcome;
}

/** Compares the page with what is known; accounts that merely exist are fetched when their document is not known. */
async function decide(
  pass: Pass,
  page: ReadPage,
): Promise<{ result: PageDiff; observations: readonly Observation[]; rejected: RejectedItem[] }> {
  const { lane, ports, connector } = pass;
  const source: DiffedSource = {
    name: lane.source.name,
    connector: connector.name,
    topic: lane.source.topic,
    volatile: connector.volatile,
  };
  const observedAt = new Date(ports.clock.now()).toISOString();
  const known = await readKnown(pass, page.observations);
  const first = diff(source, known, page.observations, observedAt);
  if (first.unresolved.length === 0) {
    return {
      result: first,
      observations: page.observations,
      rejected: [...page.rejected, ...first.rejected],
    };
  }
  const unresolved = new Set(first.unresolved);
  const fetched = await fetchAccounts(pass, [...unresolved]);
  const observations = [
    ...page.observations.filter(
      (observation) => !("present" in observation && unresolved.has(observation.id)),
    ),
    ...fetched.observations,
  ];
  const result = diff(source, known, observations, observedAt);
  const unclear = result.unresolved.map((id) => ({
    raw: { id },
    reason: "it exists, but its document cannot be had",
  }));
  return {
    result,
    observations,
    rejected: [...page.rejected, ...fetched.rejected, ...result.rejected, ...unclear],
  };
}

async function readKnown(
  pass: Pass,
  observations: readonly Observation[],
): Promise<Map<string, KnownAccount>> {
  const ids = [...new Set(observations.map(({ id }) => id))];
  if (ids.length === 0) return new Map();
  const known = await pass.ports.store.knownAccounts(pass.lane.source.id, ids);
  return new Map(known.map((account) => [account.id, account]));
}

async function fetchAccounts(
  pass: Pass,
  ids: readonly string[],
): Promise<{ observations: Observation[]; rejected: RejectedItem[] }> {
  const observations: Observation[] = [];
  const rejected: RejectedItem[] = [];
  for (let start = 0; start < ids.length; start += getLimit) {
    const answer = await pass.connector.get(ids.slice(start, start + getLimit), pass.context);
    observations.push(...answer.observations);
    rejected.push(...answer.rejected);
  }
  return { observations, rejected };
}

function guard(pass: Pass, result: PageDiff, rejectedNow: number): void {
  const { lane, ports, counts, population } = pass;
  const why = whyTooManyDeletes({
    ofPass: counts.deleted,
    ofDay: deletesOfDay(lane.source.activity, ports.clock.now()),
    more: result.deleted,
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
function report(pass: Pass, result: PageDiff, quarantined: number): void {
  const { counts, ports } = pass;
  const { name } = pass.lane.source;
  counts.inserted += result.inserted;
  counts.updated += result.updated;
  counts.deleted += result.deleted;
  counts.unchanged += result.unchanged;
  counts.quarantined += quarantined;
  ports.metrics.page(name);
  ports.metrics.observations(name, "event", result.entries.length);
  ports.metrics.observations(name, "unchanged", result.unchanged);
  ports.metrics.observations(name, "quarantined", quarantined);
  ports.metrics.events(name, "inserted", result.inserted);
  ports.metrics.events(name, "updated", result.updated);
  ports.metrics.events(name, "deleted", result.deleted);
}
