import type { Observation, RejectedItem } from "../core/account.ts";
import type { AskedAccount, KnownAccount } from "../core/change.ts";
import { type DiffedSource, type PageDiff, diff, whatToAsk } from "../core/diff.ts";
import { type FingerprintedObservation, fingerprintObservation } from "../core/fingerprint.ts";
import type { JsonValue } from "../core/json.ts";
import { withhold } from "../core/withhold.ts";
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
  /** Observations that change nothing because the account is on hold, and what they say is that it is gone. */
  held: number;
  /** Accounts that leave their holds. */
  released: readonly string[];
  /** A person has licensed the deletes of this page: they count against no limit. */
  isApproved: boolean;
  /** Decides the page anew without its deletes, which are named; null when it has none. */
  withheld: (() => { ids: readonly string[]; held: number; changes: PageDiff }) | null;
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

/**
 * Compares the page with what is known; accounts that merely exist are fetched when their document is not known. That an account on hold is gone
 * is known, and changes nothing until a person has approved it.
 */
export async function decidePage(
  pass: Pass,
  { observations: read, rejected: refused, ...place }: ReadPage,
  { isApproved } = { isApproved: false },
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
  const onHold = await readHeld(pass, ids);
  const released = isApproved ? onHold : seenAlive(observations, onHold);
  const observed = observations.length;
  if (!isApproved) observations = observations.filter((one) => !("gone" in one && onHold.has(one.id)));
  const held = observed - observations.length;
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
  const withheld = () => {
    const rest = withhold(changes, observations);
    return {
      ids: rest.ids,
      held: observations.length - rest.observations.length,
      changes: diff(source, known, rest.observations, observedAt),
    };
  };
  return {
    ...place,
    ids,
    observed: observations.length + held,
    changes,
    rejected,
    held,
    released: [...released],
    isApproved,
    withheld: changes.deleted > 0 ? withheld : null,
  };
}

/** Those of these accounts that are on hold; asked only where the source has holds. */
async function readHeld({ lane, ports }: Pass, ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (lane.source.held === 0 || ids.length === 0) return new Set();
  return new Set(await ports.store.heldAmong(lane.source.id, ids));
}

/** Those of these accounts whose last observation does not say that they are gone. */
function seenAlive(
  observations: readonly FingerprintedObservation[],
  onHold: ReadonlySet<string>,
): ReadonlySet<string> {
  if (onHold.size === 0) return onHold;
  const last = new Map(observations.map((one) => [one.id, one]));
  return new Set([...onHold].filter((id) => !("gone" in (last.get(id) ?? { gone: true }))));
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
