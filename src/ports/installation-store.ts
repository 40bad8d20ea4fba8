import type { BeyondRetention } from "../core/beyond-retention.ts";
import type { JsonObject } from "../core/json.ts";
import type { CheckpointAges } from "./checkpoint-store.ts";
import type { Overview } from "./overview.ts";
import type { Intent, IntentVerb, SourceConfig } from "./source-store.ts";

/** The one row that says what this installation is. */
export interface Installation {
  prefix: string;
  shardCount: number;
  /** Names this journal in Kafka: a restored or copied database is recognised by it. */
  journalId: string;
  /** Kafka's cluster id, null until the first worker has connected. */
  clusterId: string | null;
  /** Another one after every `apply` and every intent: owners look again when it has changed. */
  configRevision: string;
}

/** A topic as it was when Tidemark first used it. */
export interface PinnedTopic {
  name: string;
  partitions: number;
  compacted: boolean;
}

/** What an operator asks the owner of a source for. */
export interface AskedIntent {
  source: string;
  verb: IntentVerb;
  actor: string;
  /** Of `approve` and `reject`: what is decided about, and what is said about it. */
  hold?: { id: string; note: string | null };
  /** Of `redrive` and `discard`: which item in quarantine (null: all of the source), and what is said about it. */
  quarantine?: { item: string | null; note: string | null };
  /** Of all other verbs: how it is to be done. */
  arguments?: JsonObject;
}

/** How much history is kept. */
export interface Retention {
  /** Days that published events and the history of passes are kept. */
  retentionDays: number;
  /** Bytes that the journal may take, indexes included; any number when left out. */
  journalMaxBytes?: number | undefined;
  /** How old checkpoints become. */
  checkpoints: CheckpointAges;
}

/** What became of the journal's partitions, by their names. */
export interface JournalUpkeep {
  created: string[];
  dropped: { partition: string; because: BeyondRetention }[];
  /** The first that should have been dropped, and why it stays; with it all younger ones. */
  kept: { partition: string; because: "unpublished" | "replayed" } | null;
}

/** What the database says of itself. */
export interface DatabaseCondition {
  /** As the server names it, such as `18.4`, and as a number, such as 180004. */
  version: string;
  versionNumber: number;
  /** The server's clock. */
  now: string;
  connections: { used: number; most: number };
  /** null before the first `apply`. */
  installation: Pick<Installation, "prefix" | "shardCount" | "clusterId"> | null;
  /** Days that the journal has partitions for, and today, as YYYYMMDD of UTC; what it takes, indexes included. */
  journal: { today: string; days: string[]; bytes: number };
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
  applySources(
    sources: readonly SourceConfig[],
  ): Promise<{ added: string[]; changed: string[]; unchanged: string[] }>;
  /** Asks the owner of a source for something. @returns the intent's id, or null when there is no such source. */
  askIntent(intent: AskedIntent): Promise<string | null>;
  /** How an intent stands. */
  intent(id: string): Promise<Intent | null>;
  /** For `doctor`; the schema has to be there. */
  databaseCondition(): Promise<DatabaseCondition>;
  /** For `status`: one row per shard and per source. */
  overview(): Promise<Overview>;
  /**
   * Makes journal partitions for today and the next days, and drops whole days that are beyond the retention, oldest first, up to one that has to stay: it
   * holds what is not published, or what a replay of the journal has still to read. Today stays in any case. Without a retention nothing is dropped.
   * To be called before the first commit and at least daily: nothing is committed without a partition for its day. Safe to call from several processes.
   */
  maintainJournal(
    options: { daysAhead: number } & Partial<Omit<Retention, "checkpoints">>,
  ): Promise<JournalUpkeep>;
}
