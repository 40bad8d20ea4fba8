import { changedPaths } from "./changed-paths.ts";
import type { AccountState, JournalEntry, NewEntry } from "./change.ts";
import type { DiffedSource } from "./diff.ts";
import { journalEntry } from "./event.ts";
import type { JsonObject } from "./json.ts";
import { documentIn } from "./restored-event.ts";

/**
 * Puts what a database observed of one account after it had gone back, and never published, on top of what Kafka holds: many events become
 * at most one, that leads from the published state to the one that was observed last.
 *
 * @param unpublished Its events, in order; at least one.
 * @param published The account's state in Kafka; undefined when Kafka holds nothing of it beyond what the first event started from.
 * @returns its state, version 0 when it was never published and is gone again, and the event, if it takes one.
 */
export function rebase(
  source: DiffedSource,
  unpublished: readonly [JournalEntry, ...JournalEntry[]],
  published: AccountState | undefined,
): { account: AccountState; entry: NewEntry | null } {
  const [first] = unpublished;
  const last = unpublished.at(-1) ?? first;
  const id = first.accountId;
  const { version, document, hash } = published ?? {
    version: first.version - 1,
    document: documentIn(first.value, "before"),
    hash: null,
  };
  const observed = documentIn(last.value, "after");
  const isSame = document === observed || (document !== null && observed !== null && hash === last.hash);
  if (isSame) return { account: { id, version, hash: hash ?? last.hash, document }, entry: null };

  const account = { id, version: version + 1, hash: last.hash, document: observed };
  const { upstreamTime } = JSON.parse(last.value) as { upstreamTime: string | null };
  const entry = journalEntry({
    op: document === null ? "inserted" : observed === null ? "deleted" : "updated",
    source: source.name,
    connector: source.connector,
    topic: source.topic,
    accountId: id,
    version: account.version,
    before: document,
    after: observed,
    changed:
      document === null || observed === null
        ? []
        : changedPaths(
            JSON.parse(document) as JsonObject,
            JSON.parse(observed) as JsonObject,
            source.volatile,
          ),
    upstreamTime,
    observedAt: last.observedAt,
    hash: last.hash,
  });
  return { account, entry };
}
