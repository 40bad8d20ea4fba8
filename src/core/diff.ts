import type { AccountState, AskedAccount, KnownAccount, NewEntry } from "./change.ts";
import { changedPaths } from "./changed-paths.ts";
import { journalEntry } from "./event.ts";
import type { FingerprintedObservation } from "./fingerprint.ts";
import type { JsonObject } from "./json.ts";

/** What the differ needs to know of a source. */
export interface DiffedSource {
  name: string;
  connector: string;
  topic: string;
  volatile: readonly string[];
}

/** What a page changes. */
export interface PageDiff {
  /** Every change, in the order of the observations. */
  entries: NewEntry[];
  inserted: number;
  updated: number;
  deleted: number;
  unchanged: number;
  /** Ids that exist but whose document is not known: they have to be fetched and observed again. */
  unresolved: string[];
}

/**
 * What has to be known of the accounts of a page, each once: the documents that are compared with another, or that go along with a delete.
 */
export function whatToAsk(observations: readonly FingerprintedObservation[]): AskedAccount[] {
  const asked = new Map<string, AskedAccount>();
  for (const observation of observations) {
    const { id } = observation;
    // Of two observations the second may be compared with the stored state, whatever the first one is.
    const unlessHash =
      asked.has(id) || "gone" in observation ? "" : "hash" in observation ? observation.hash : null;
    asked.set(id, { id, unlessHash });
  }
  return [...asked.values()];
}

/**
 * Derives what really changed: insert, update and delete follow from the last known state, never from what the upstream calls it.
 * An id that occurs more than once is folded: each observation is compared with the state that the one before it left.
 */
export function diff(
  source: DiffedSource,
  known: ReadonlyMap<string, KnownAccount>,
  observations: readonly FingerprintedObservation[],
  observedAt: string,
): PageDiff {
  const state = new Map<string, KnownAccount>();
  const result: PageDiff = {
    entries: [],
    inserted: 0,
    updated: 0,
    deleted: 0,
    unchanged: 0,
    unresolved: [],
  };

  for (const observation of observations) {
    const { id } = observation;
    const last = state.get(id) ?? known.get(id);

    if ("present" in observation) {
      if (isAlive(last)) result.unchanged += 1;
      else result.unresolved.push(id);
      continue;
    }

    const next = nextState(source, observation, last, observedAt);
    if (next === "unchanged") {
      result.unchanged += 1;
    } else {
      state.set(id, next.account);
      result.entries.push(next.entry);
      if (next.entry.op !== "snapshot") result[next.entry.op] += 1;
    }
  }
  return result;
}

function isAlive(account: KnownAccount | undefined): account is KnownAccount {
  return account !== undefined && account.document !== null;
}

function nextState(
  source: DiffedSource,
  observation: Exclude<FingerprintedObservation, { present: true }>,
  last: KnownAccount | undefined,
  observedAt: string,
): { account: AccountState; entry: NewEntry } | "unchanged" {
  const { id } = observation;
  const lives = isAlive(last);
  if ("gone" in observation ? !lives : lives && last.hash === observation.hash) return "unchanged";
  const before = last?.document ?? null;
  if (lives && before === null) throw new Error(`the document of ${id} was not asked for`);
  const version = (last?.version ?? 0) + 1;
  const common = {
    source: source.name,
    connector: source.connector,
    topic: source.topic,
    accountId: id,
    version,
    before,
    observedAt,
  };

  if ("gone" in observation) {
    const hash = last?.hash ?? "";
    const entry = journalEntry({
      ...common,
      op: "deleted",
      after: null,
      changed: [],
      upstreamTime: observation.at,
      hash,
    });
    return { account: { id, version, hash, document: null }, entry };
  }

  const { text, hash, upstreamTime } = observation;
  const entry = journalEntry({
    ...common,
    op: before === null ? "inserted" : "updated",
    after: text,
    changed:
      before === null
        ? []
        : changedPaths(JSON.parse(before) as JsonObject, JSON.parse(text) as JsonObject, source.volatile),
    upstreamTime,
    hash,
  });
  return { account: { id, version, hash, document: text }, entry };
}
