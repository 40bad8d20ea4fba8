import type { Observation, RejectedItem } from "./account.ts";
import type { AccountWrite, JournalEntry, KnownAccount } from "./change.ts";
import { changedPaths } from "./changed-paths.ts";
import { journalEntry } from "./event.ts";
import { fingerprint } from "./fingerprint.ts";
import type { JsonObject } from "./json.ts";

/** Largest document that is accepted, in bytes of UTF-8: an event holds two of them and must fit a 2 MiB record batch. */
export const maxDocumentBytes = 512 * 1024;

/** What the differ needs to know of a source. */
export interface DiffedSource {
  name: string;
  connector: string;
  topic: string;
  volatile: readonly string[];
}

/** What a page changes. */
export interface PageDiff {
  /** One write per changed account, its state after the page. */
  accounts: AccountWrite[];
  /** Every change, in the order of the observations. */
  entries: JournalEntry[];
  inserted: number;
  updated: number;
  deleted: number;
  unchanged: number;
  /** Documents that are too large to be published. */
  rejected: RejectedItem[];
  /** Ids that exist but whose document is not known: they have to be fetched and observed again. */
  unresolved: string[];
}

/**
 * Derives what really changed: insert, update and delete follow from the last known state, never from what the upstream calls it.
 * An id that occurs more than once is folded: each observation is compared with the state that the one before it left.
 */
export function diff(
  source: DiffedSource,
  known: ReadonlyMap<string, KnownAccount>,
  observations: readonly Observation[],
  observedAt: string,
): PageDiff {
  const state = new Map<string, KnownAccount>();
  const result: PageDiff = {
    accounts: [],
    entries: [],
    inserted: 0,
    updated: 0,
    deleted: 0,
    unchanged: 0,
    rejected: [],
    unresolved: [],
  };

  for (const observation of observations) {
    const { id } = observation;
    const last = state.get(id) ?? known.get(id);
    const before = last?.document ?? null;

    if ("present" in observation) {
      if (before === null) result.unresolved.push(id);
      else result.unchanged += 1;
      continue;
    }

    const next = nextState(source, observation, last, before, observedAt);
    if (next === "unchanged") {
      result.unchanged += 1;
    } else if ("reason" in next) {
      result.rejected.push(next);
    } else {
      state.set(id, next.account);
      result.entries.push(next.entry);
      if (next.entry.op !== "snapshot") result[next.entry.op] += 1;
    }
  }
  result.accounts = [...state.values()];
  return result;
}

function nextState(
  source: DiffedSource,
  observation: Exclude<Observation, { present: true }>,
  last: KnownAccount | undefined,
  before: string | null,
  observedAt: string,
): { account: KnownAccount; entry: JournalEntry } | RejectedItem | "unchanged" {
  const { id } = observation;
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
    if (last === undefined || before === null) return "unchanged";
    const entry = journalEntry({
      ...common,
      op: "deleted",
      after: null,
      changed: [],
      upstreamTime: observation.at,
      hash: last.hash,
    });
    return { account: { id, version, hash: last.hash, document: null }, entry };
  }

  const { text, hash } = fingerprint(observation.document, source.volatile);
  if (before !== null && last?.hash === hash) return "unchanged";
  if (Buffer.byteLength(text) > maxDocumentBytes) {
    return { raw: { id }, reason: `the account's document is larger than ${maxDocumentBytes} bytes` };
  }
  const entry = journalEntry({
    ...common,
    op: before === null ? "inserted" : "updated",
    after: text,
    changed:
      before === null
        ? []
        : changedPaths(JSON.parse(before) as JsonObject, JSON.parse(text) as JsonObject, source.volatile),
    upstreamTime: observation.document.updatedAt ?? observation.document.createdAt,
    hash,
  });
  return { account: { id, version, hash, document: text }, entry };
}
