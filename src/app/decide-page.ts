import type { Observation, RejectedItem } from "../core/account.ts";
import type { AskedAccount, KnownAccount } from "../core/change.ts";
import { type DiffedSource, type PageDiff, diff, whatToAsk } from "../core/diff.ts";
import { fingerprintObservation } from "../core/fingerprint.ts";
import type { JsonValue } from "../core/json.ts";
import type { Pass } from "./pass.ts";

/** What one page brings: of a poll with the cursor after it, of a sweep with the position inside it. */
export interface ReadPage {
  observations: readonly Observation[];
  rejected: readonly RejectedItem[];
  cursor?: JsonValue;
  position?: JsonValue;
}

/** What one page changes, before it is guarded and committed. */
export interface DecidedPage extends Pick<ReadPage, "cursor" | "position"> {
  /** Every account that the page observed, each once. */
  ids: readonly string[];
  /** Observations, those that were fetched in place of others counted once. */
  observed: number;
  changes: PageDiff;
  rejected: readonly RejectedItem[];
}

/** How many ids a connector is asked for at once. */
export const getLimit = 100;

/**
 * Decides each page while the one before it is being committed: the database and this process work side by side. A page that observes an
 * account of the page before is decided only when its turn comes, from what that page has left.
 */
export async function* decideAhead<R>(
  pass: Pass,
  pages: AsyncGenerator<ReadPage, R, void>,
): AsyncGenerator<() => Promise<DecidedPage>, R, void> {
  let before: ReadonlySet<string> = new Set();
  try {
    for (;;) {
      const step = await pages.next();
      if (step.done === true) return step.value;
      const page = step.value;
      const ids = new Set(page.observations.map(({ id }) => id));
      const decided = ids.isDisjointFrom(before) ? await decidePage(pass, page) : null;
      before = ids;
      yield async () => decided ?? decidePage(pass, page);
    }
  } finally {
    await pages.return(undefined as R);
  }
}

/** Compares the page with what is known; accounts that merely exist are fetched when their document is not known. */
export async function decidePage(
  pass: Pass,
  { observations: read, rejected: refused, ...place }: ReadPage,
): Promise<DecidedPage> {
  const { lane, ports, connector } = pass;
  const source: DiffedSource = {
    name: lane.source.name,
    connector: connector.name,
    topic: lane.source.topic,
    volatile: connector.volatile,
  };
  const observedAt = new Date(ports.clock.now()).toISOString();
  let observations = read.map((one) => fingerprintObservation(one, source.volatile));
  const asked = whatToAsk(observations);
  const ids = asked.map(({ id }) => id);
  const known = await readKnown(pass, asked);
  let changes = diff(source, known, observations, observedAt);
  let rejected = [...refused, ...changes.rejected];
  if (changes.unresolved.length > 0) {
    const unresolved = new Set(changes.unresolved);
    const fetched = await fetchAccounts(pass, [...unresolved]);
    observations = [
      ...observations.filter((one) => !("present" in one && unresolved.has(one.id))),
      ...fetched.observations.map((one) => fingerprintObservation(one, source.volatile)),
    ];
    changes = diff(source, known, observations, observedAt);
    const unclear = changes.unresolved.map((id) => ({
      raw: { id },
      reason: "it exists, but its document cannot be had",
    }));
    rejected = [...refused, ...fetched.rejected, ...changes.rejected, ...unclear];
  }
  return { ...place, ids, observed: observations.length, changes, rejected };
}

async function readKnown(pass: Pass, asked: readonly AskedAccount[]): Promise<Map<string, KnownAccount>> {
  if (asked.length === 0) return new Map();
  const known = await pass.ports.store.knownAccounts(pass.lane.source.id, asked);
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
