import type { Observation, RejectedItem } from "../core/account.ts";
import type { AskedAccount, KnownAccount, NewEntry } from "../core/change.ts";
import { type DiffedSource, type PageDiff, diff, whatToAsk } from "../core/diff.ts";
import { type FingerprintedObservation, fingerprintObservation } from "../core/fingerprint.ts";
import type { HeldChange } from "../core/held-change.ts";
import type { JsonObject, JsonValue } from "../core/json.ts";
import { setAside } from "../core/set-aside.ts";
import { whileOnHold } from "../core/while-on-hold.ts";
import { withhold } from "../core/withhold.ts";
import type { AccountOnHold, CommitStep } from "../ports/store.ts";
import { type PageDrift, attributesOf, pageDrift } from "./page-drift.ts";
import type { Pass } from "./pass.ts";
import { republishPage, republishing } from "./republishing.ts";
import { understoodAgain } from "./understood-again.ts";

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
  /** Observations that change nothing until a person has decided about the hold of the account. */
  held: number;
  /** Accounts that leave their holds, unless they go on another one. */
  released: readonly string[];
  /** Accounts that stay on hold, with newer documents. */
  renewed: readonly HeldChange[];
  /** What is new in the documents' members, and what goes on hold because of it. */
  drift: Pick<PageDrift, "told" | "shape"> & { changes: readonly HeldChange[] };
  /** Accounts whose items leave the quarantine. */
  understood: readonly string[];
  /** Accounts that were looked up because a redrive was asked for. */
  redriven?: readonly string[];
  /** What it has observed without a change and is published again all the same. */
  republished?: readonly NewEntry[];
  /** How far the page brings a replay. */
  replay?: CommitStep["replay"];
  /** A person has licensed the changes of this page: they count against no limit. */
  isApproved: boolean;
  /** Decides the page anew without its inserts or its deletes, which are named. */
  without(op: "inserted" | "deleted"): { changes: HeldChange[]; rest: DecidedPage };
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
      for (const { accountId } of page.rejected) if (accountId !== undefined) ids.add(accountId);
      const decided = ids.isDisjointFrom(before) ? await decidePage(pass, page) : null;
      before = ids;
      yield async () => decided ?? decidePage(pass, page);
    }
  } finally {
    await pages.return(undefined as R);
  }
}

/** A page whose documents are text by now. */
interface PrintedPage extends Pick<ReadPage, "cursor" | "position" | "rejected"> {
  observations: FingerprintedObservation[];
  attributes: Map<FingerprintedObservation, JsonObject>;
  /** What may have been said of accounts with items in quarantine. */
  said: readonly Observation[];
}

/**
 * Compares the page with what is known; accounts that merely exist are fetched when their document is not known. What is on hold changes nothing
 * until a person has approved it.
 */
export function decidePage(
  pass: Pass,
  { observations: said, ...page }: ReadPage,
  { isApproved } = { isApproved: false },
): Promise<DecidedPage> {
  return decide(pass, { ...page, ...printed(pass, said), said }, isApproved ? "look-up" : null);
}

/** The same for documents that a person has approved: they are published as they were observed. */
export function decideApproved(pass: Pass, changes: readonly HeldChange[]): Promise<DecidedPage> {
  const attributes = new Map<FingerprintedObservation, JsonObject>();
  const observations = changes.flatMap(({ id, document }) => {
    if (document === null) return [];
    const observation = { id, ...document };
    attributes.set(observation, attributesOf(document.text));
    return [observation];
  });
  return decide(pass, { observations, attributes, said: [], rejected: [] }, "documents");
}

/** @param approved What a person has licensed: to delete what a look-up finds gone, or to publish these very documents. */
async function decide(
  pass: Pass,
  page: PrintedPage,
  approved: "look-up" | "documents" | null,
): Promise<DecidedPage> {
  const { lane, ports, connector } = pass;
  const { attributes, said: read, rejected: refused, observations: observed, ...place } = page;
  const source: DiffedSource = {
    name: lane.source.name,
    connector: connector.name,
    topic: lane.source.topic,
    volatile: connector.volatile,
  };
  const observedAt = new Date(ports.clock.now()).toISOString();
  const again = republishing(pass);
  const needed = whatToAsk(observed);
  const asked = again === null ? needed : needed.map(({ id }) => ({ id, unlessHash: "" }));
  const ids = asked.map(({ id }) => id);
  const onHold = await readOnHold(pass, ids);
  const isApproved = approved !== null;
  const { released, renewed, ...free } = isApproved
    ? { observations: observed, released: [...onHold.keys()], renewed: [] }
    : whileOnHold(observed, onHold);
  let { observations } = free;
  let held = observed.length - observations.length;
  const known = await readKnown(pass, asked);
  const compare = (some: readonly FingerprintedObservation[]) => diff(source, known, some, observedAt);
  let changes = compare(observations);
  let rejected = refused;
  let said = read;
  if (changes.unresolved.length > 0) {
    const unresolved = new Set(changes.unresolved);
    const fetched = await fetchAccounts(pass, [...unresolved]);
    const answered = printed(pass, fetched.observations);
    observations = [
      ...observations.filter((one) => !("present" in one && unresolved.has(one.id))),
      ...answered.observations,
    ];
    for (const [one, members] of answered.attributes) attributes.set(one, members);
    said = [...read, ...fetched.observations];
    changes = compare(observations);
    const unclear = changes.unresolved.map((id) => ({
      raw: { id },
      accountId: id,
      reason: "it exists, but its document cannot be had",
    }));
    rejected = [...refused, ...fetched.rejected, ...unclear];
  }
  const { waiting, ...drift } = await pageDrift(pass, changes.entries, attributes, approved === "documents");
  const aside = waiting.size === 0 ? null : setAside(observations, waiting);
  if (aside !== null) {
    held += observations.length - aside.observations.length;
    observations = aside.observations;
    changes = compare(observations);
  }
  const decided = {
    ...place,
    ...(again === null ? {} : republishPage(again, source, known, observations, changes, observedAt)),
    ids,
    observed: observations.length + held,
    changes,
    rejected,
    held,
    released,
    renewed,
    drift: { ...drift, changes: aside?.changes ?? [] },
    understood: await understoodAgain(pass, said, rejected),
    isApproved,
  };
  return withoutSome(decided, observations, compare);
}

/** A decided page that can be decided anew without some of its changes. */
function withoutSome(
  page: Omit<DecidedPage, "without">,
  observations: readonly FingerprintedObservation[],
  compare: (observations: readonly FingerprintedObservation[]) => PageDiff,
): DecidedPage {
  return {
    ...page,
    without(op) {
      const { changes, observations: rest } = withhold(op, page.changes, observations);
      const held = page.held + observations.length - rest.length;
      return { changes, rest: withoutSome({ ...page, changes: compare(rest), held }, rest, compare) };
    },
  };
}

/** Documents become text; their members are kept beside it where they are to be compared with what the source's accounts look like. */
function printed({ lane, connector }: Pass, said: readonly Observation[]) {
  const attributes = new Map<FingerprintedObservation, JsonObject>();
  const observations = said.map((one) => {
    const observation = fingerprintObservation(one, connector.volatile);
    if ("document" in one && lane.source.drift !== "ignore")
      attributes.set(observation, one.document.attributes);
    return observation;
  });
  return { observations, attributes };
}

/** Those of these accounts that are on hold; asked only where the source has holds. */
async function readOnHold(
  { lane, ports }: Pass,
  ids: readonly string[],
): Promise<ReadonlyMap<string, AccountOnHold>> {
  if (lane.source.held === 0 || ids.length === 0) return new Map();
  const onHold = await ports.store.heldAmong(lane.source.id, ids);
  return new Map(onHold.map((one) => [one.id, one]));
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
