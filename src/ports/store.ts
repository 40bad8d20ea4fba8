import type { RejectedItem } from "../core/account.ts";
import type { AccountWrite, JournalEntry, KnownAccount, Op } from "../core/change.ts";
import type { Activity } from "../core/guard.ts";
import type { JsonObject, JsonValue } from "../core/json.ts";

/**
 * Everything durable. Numbers that only grow (`term`, `revision`, `seq`) are decimal text: 64 bits do not fit a number.
 *
 * Every function @throws RetryableError `TIDEMARK_DATABASE_UNAVAILABLE` (also when the outcome of a statement is unknown),
 * `TIDEMARK_DATABASE_CONFLICT`; FatalError `TIDEMARK_DATABASE_BUG`, `TIDEMARK_DATABASE_NOT_MIGRATED`, `TIDEMARK_DATABASE_NEWER`.
 */
export interface Store extends InstallationStore, LeaseStore, SourceStore, PassStore, JournalStore {
  close(): Promise<void>;
}

/** The one row that says what this installation is. */
export interface Installation {
  prefix: string;
  shardCount: number;
  /** Names this journal in Kafka: a restored or copied database is recognised by it. */
  journalId: string;
  /** Kafka's cluster id, null until the first worker has connected. */
  clusterId: string | null;
  /** Grows with every `apply` and every intent: owners look again when it has changed. */
  configRevision: string;
}

/** A topic as it was when Tidemark first used it. */
export interface PinnedTopic {
  name: string;
  partitions: number;
  compacted: boolean;
}

export interface InstallationStore {
  /** @throws FatalError `TIDEMARK_DATABASE_NOT_MIGRATED` | `TIDEMARK_DATABASE_NEWER` unless the schema is exactly this program's. */
  checkSchema(): Promise<void>;
  /** Creates the installation and its shards on first use; else returns what is there (prefix and shard count never change). */
  ensureInstallation(wanted: { prefix: string; shardCount: number }): Promise<Installation>;
  /** Records the cluster once; returns the recorded one. */
  pinCluster(clusterId: string): Promise<string>;
  /** Records a topic once; returns the recorded one. */
  pinTopic(topic: PinnedTopic): Promise<PinnedTopic>;
  pinnedTopics(): Promise<PinnedTopic[]>;
  /** Adds and changes sources: configuration columns only. Returns what happened to each name. */
  applySources(sources: readonly SourceConfig[]): Promise<{ added: string[]; changed: string[]; unchanged: string[] }>;
  /** Asks the owner of a source for something. @returns the intent's id, or null when there is no such source. */
  askIntent(intent: { source: string; verb: IntentVerb; actor: string }): Promise<string | null>;
  /** How an intent stands. */
  intent(id: string): Promise<Intent | null>;
  /** For `status`: one row per shard and per source. */
  overview(): Promise<Overview>;
  /** Makes journal partitions for today and the next days, and drops those older than the retention that are wholly published. Safe to call from several processes. */
  maintainJournal(options: { daysAhead: number; retentionDays: number }): Promise<{ created: string[]; dropped: string[] }>;
}

/** What an operator can ask for so far. */
export type IntentVerb = "resume" | "poll" | "sweep";

export interface Intent {
  id: string;
  sourceId: number;
  source: string;
  verb: IntentVerb;
  actor: string;
  askedAt: string;
  doneAt: string | null;
  outcome: string | null;
}

/** A source as its operator wants it. */
export interface SourceConfig {
  name: string;
  /** Sources with one credential share a group, hence a shard, hence one budget. */
  group: string | null;
  connector: string;
  /** Secrets as references (`${env:NAME}`), never resolved. */
  settings: JsonObject;
  topic: string;
  compacted: boolean;
  everyMs: number;
  sweepEveryMs: number;
  budget: { requests: number; perMs: number };
  /** Where the source belongs when it is created: murmur2(group ?? name) mod shard count. */
  shard: number;
}

/** One granted lease. */
export interface Lease {
  shard: number;
  /** The fencing token: grows with every grant. */
  term: string;
}

export interface LeaseStore {
  /** Heartbeat. @returns this worker's rank among the living (by id, from 0) and how many live. */
  announceWorker(worker: { id: string; host: string; version: string; ttlMs: number }): Promise<{ rank: number; workers: number }>;
  retireWorker(id: string): Promise<void>;
  /** Takes up to `limit` shards that are free or whose lease has run out, by the database's clock; each with a new term. */
  acquireShards(wanted: { workerId: string; limit: number; ttlMs: number }): Promise<Lease[]>;
  /** Renews what is still held under these terms. @returns the shards that were renewed; any other is lost. */
  renewShards(held: { workerId: string; leases: readonly Lease[]; ttlMs: number }): Promise<number[]>;
  /** Gives shards up at once, under their terms. */
  releaseShards(held: { workerId: string; leases: readonly Lease[] }): Promise<void>;
}

/** A source as its shard's owner reads it when it takes the shard, after a change of configuration, and after any failed pass. */
export interface Source {
  id: number;
  name: string;
  group: string | null;
  connector: string;
  shard: number;
  settings: JsonObject;
  settingsVersion: number;
  topic: string;
  compacted: boolean;
  everyMs: number;
  sweepEveryMs: number;
  budget: { requests: number; perMs: number };
  state: "running" | "paused" | "halted";
  /** Why it is halted. */
  haltedCode: string | null;
  haltedReason: string | null;
  cursor: JsonValue | null;
  /** Advanced by every commit; a commit names the revision it has read. */
  revision: string;
  population: number;
  /** Inserts and deletes per hour of the rolling day. */
  activity: Activity;
  /** True once a first poll has reached its end: before that there is nothing to sweep, and inserts are an initial load. */
  isLoaded: boolean;
  failures: number;
  /** Milliseconds until the next poll and sweep are due, by the database's clock; ≤ 0 when due. */
  pollDueInMs: number;
  sweepDueInMs: number;
  /** Milliseconds since the last attempt, poll, or cursor move; null before the first. */
  lastAttemptAgeMs: number | null;
  lastSuccessAgeMs: number | null;
  cursorAgeMs: number | null;
  /** The sweep that is under way, if any. */
  openSweep: OpenSweep | null;
}

export interface OpenSweep {
  passId: string;
  position: JsonValue | null;
  /** Distinct ids staged so far; when the staging table holds fewer, a crash has emptied it and the sweep starts again. */
  seen: number;
}

export interface SourceStore {
  /** All sources of these shards. */
  loadSources(shards: readonly number[]): Promise<Source[]>;
  loadSource(id: number): Promise<Source | null>;
  configRevision(): Promise<string>;
  pendingIntents(shards: readonly number[]): Promise<Intent[]>;
  /**
   * Carries an intent out: `resume` makes a halted source running and due, `poll` and `sweep` make it due; effect and `done_at` commit together.
   * @returns false when the term is lost or the intent was already done.
   */
  finishIntent(done: { intent: string; shard: number; term: string; outcome: string }): Promise<boolean>;
}

/** What a pass has counted so far. */
export interface PassCounts {
  pages: number;
  observed: number;
  inserted: number;
  updated: number;
  deleted: number;
  unchanged: number;
  quarantined: number;
}

/** What belongs to the step that ends a pass. */
export interface FinishedPass {
  kind: "poll" | "sweep";
  /** Milliseconds from now until this kind of pass is due again. */
  nextInMs: number;
  /** How long the pass took. */
  tookMs: number;
  counts: PassCounts;
}

/** Everything that one page changes; it commits whole or not at all. */
export interface CommitStep {
  shard: number;
  term: string;
  sourceId: number;
  /** The revision this step was decided from. */
  revision: string;
  /** undefined leaves the cursor alone (sweep pages). */
  cursor?: JsonValue;
  /** One write per account. */
  accounts: readonly AccountWrite[];
  /** In order; may hold several per account. */
  entries: readonly JournalEntry[];
  /** Marks the entries of one commit in journal and topic; 62 bits as decimal text. */
  batchNonce: string;
  rejected: readonly RejectedItem[];
  /** Replaces the source's counters. */
  population: number;
  activity: Activity;
  /** While a sweep is open: every id this page observed, each once. */
  seen?: { passId: string; ids: readonly string[]; position?: JsonValue };
  finished?: FinishedPass;
}

/** What became of a commit: nothing is ever half applied. */
export type CommitOutcome =
  /** `firstSeq` is the number of the first entry (of the next one, when there was none). */
  | { kind: "committed"; firstSeq: string; revision: string }
  /** The shard has another owner by now. */
  | { kind: "term-lost" }
  /** The source is not in the revision that was read. */
  | { kind: "stale" };

/** A pass that did not reach its end. */
export interface FailedPass {
  shard: number;
  term: string;
  sourceId: number;
  kind: "poll" | "sweep";
  /** Halts the source instead of trying again. */
  halt: boolean;
  code: string;
  message: string;
  retryInMs: number;
  tookMs: number;
  counts: PassCounts;
  /** Ends the open sweep as incomplete: its staging is discarded and the next one starts anew. */
  abandonSweep: boolean;
}

export interface PassStore {
  /** The last known state of those of these ids that are known, deleted ones included. */
  knownAccounts(sourceId: number, ids: readonly string[]): Promise<KnownAccount[]>;
  /** One statement: accounts, journal, cursor, revision, counters, staging and schedule, fenced by term and revision. */
  commit(step: CommitStep): Promise<CommitOutcome>;
  /** Opens a sweep. @returns null when the term is lost. */
  openSweep(start: { shard: number; term: string; sourceId: number }): Promise<OpenSweep | null>;
  /** Ids really staged for a sweep. */
  countSeen(passId: string): Promise<number>;
  /** How many living accounts this sweep has not seen. */
  countAbsent(sourceId: number, passId: string): Promise<number>;
  /** Living accounts that this sweep has not seen, by id, after `after` (null: from the start). */
  absentAccounts(slice: { sourceId: number; passId: string; after: string | null; limit: number }): Promise<string[]>;
  /** Records a failure with its back-off or halt. @returns false when the term is lost. */
  failPass(failed: FailedPass): Promise<boolean>;
}

/** A journal row as the publisher reads it. */
export interface JournalRow {
  seq: string;
  accountId: string;
  version: number;
  op: Op;
  topic: string;
  key: string;
  value: string;
  hash: string;
  observedAt: string;
  batchNonce: string;
}

/** What Postgres knows of a shard's publication: the anchor of the start-up check. */
export interface ShardAnchor {
  /** Highest number given so far; "0" before the first. */
  lastSeq: string;
  /** Highest number known to be in Kafka; "0" before the first. */
  publishedSeq: string;
  /** Nonce of the row with that number; null before the first. */
  publishedNonce: string | null;
  seeded: boolean;
}

export interface JournalStore {
  /** Rows from number `from` on, in order, at most `limit` rows and about `maxBytes` of values (at least one row). */
  nextJournal(read: { shard: number; from: string; limit: number; maxBytes: number }): Promise<JournalRow[]>;
  /** The nonce of one row, or null when there is no such row. */
  journalNonce(shard: number, seq: string): Promise<string | null>;
  shardAnchor(shard: number): Promise<ShardAnchor>;
  /** Records what is in Kafka, always after Kafka's commit; fenced. @returns false when the term is lost. */
  recordPublished(published: { shard: number; term: string; seq: string; nonce: string | null }): Promise<boolean>;
}

/** What `status` shows. */
export interface Overview {
  workers: { id: string; host: string; version: string; seenAgeMs: number; shards: number }[];
  shards: { shard: number; owner: string | null; term: string; lastSeq: string; publishedSeq: string; oldestAgeMs: number | null }[];
  sources: {
    name: string;
    connector: string;
    shard: number;
    topic: string;
    state: Source["state"];
    haltedCode: string | null;
    haltedReason: string | null;
    population: number;
    failures: number;
    lastError: string | null;
    lastSuccessAgeMs: number | null;
    lastChangeAgeMs: number | null;
    pollDueInMs: number;
    isLoaded: boolean;
    sweeping: boolean;
  }[];
}
