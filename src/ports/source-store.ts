import type { Activity } from "../core/guard.ts";
import type { JsonObject, JsonValue } from "../core/json.ts";
import type { SourceWindows } from "../core/opening-hours.ts";
import type { PrivacyRules } from "../core/privacy-rules.ts";

/** What an operator can ask for so far. */
export type IntentVerb =
  | "pause"
  | "resume"
  | "poll"
  | "sweep"
  | "approve"
  | "reject"
  | "redrive"
  | "discard"
  | "set"
  | "rewind"
  | "reset"
  | "preview"
  | "check";

export interface Intent {
  id: string;
  sourceId: number;
  source: string;
  verb: IntentVerb;
  actor: string;
  /** What is approved or rejected, and what was said about it. */
  holdId: string | null;
  note: string | null;
  /** What is redriven or discarded (null: all of the source), and how many items that were when it was done. */
  itemId: string | null;
  items: number | null;
  /** Of all other verbs: what was asked for, and what came of it. */
  arguments: JsonObject | null;
  answer: JsonValue | null;
  askedAt: string;
  doneAt: string | null;
  outcome: string | null;
}

/** An intent that was carried out by the owner of its shard. */
export interface FinishedIntent {
  intent: string;
  shard: number;
  term: string;
  /** `done`, or `refused: ` and why; then nothing else is changed. */
  outcome: string;
  /** What the asker wants to know. Left out, it tells which checkpoint the act has left: see `ActAnswer`. */
  answer?: JsonValue;
  /** Of `set`, `rewind` and `reset`: where the source goes on, at once. */
  moved?: MovedCursor;
}

/** Where a source goes on, because a person wants it. */
export interface MovedCursor {
  /** The revision that this was decided from: in any other nothing is done. */
  revision: string;
  /** null: it is read from the beginning. */
  cursor: JsonValue | null;
  cursorVersion: number;
  /** What the next poll returns unchanged is published again, so many events per second at most: it becomes a replay. null: it is not. */
  republish: { pace: number | null } | null;
}

/** What an act that leaves a checkpoint answers. */
export type ActAnswer = {
  /** Where the source stood before. */
  checkpoint: string;
  /** The replay that publishes again what the next poll returns; null: it does not. */
  replay: string | null;
};

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
  /** Between two polls; null when the upstream cannot be asked what changed: every pass is a sweep then. */
  everyMs: number | null;
  sweepEveryMs: number;
  /** How often, and how far, it looks back for what became visible late; null: never. */
  lookBack: { everyMs: number; windowMs: number } | null;
  /** When passes may start; null: at any time. */
  windows: SourceWindows | null;
  budget: { requests: number; perMs: number };
  /** How many deletes one pass, and one rolling day, may bring; null means max(100, 5 % of the population). */
  deleteLimit: number | null;
  /** How many inserts one pass, and one rolling day, may bring once the source is loaded; null means max(10,000, the population). */
  insertLimit: number | null;
  /** What is done about documents with members or types that the source's accounts never had. */
  drift: "ignore" | "warn" | "hold";
  /** How many items of one pass may be rejected; null means max(19, 10 % of what the pass has read). */
  rejectLimit: number | null;
  /** What of its accounts may be stored and published; null: everything. The key as a reference, never resolved. */
  privacy: PrivacyRules | null;
  /** Where the source belongs when it is created: murmur2(group ?? name) mod shard count. */
  shard: number;
}

/** A source as its shard's owner reads it when it takes the shard, after a change of configuration, and after any failed pass. */
export interface Source extends SourceConfig {
  id: number;
  settingsVersion: number;
  state: "running" | "paused" | "halted";
  /** Only its name and its topic are left of it; then it is paused for ever. */
  isRemoved: boolean;
  /** Why it is halted. */
  haltedCode: string | null;
  haltedReason: string | null;
  cursor: JsonValue | null;
  /** The version of the connector's cursors that wrote it. */
  cursorVersion: number;
  /** A new random number with every commit and failure, never given out twice; a commit names the revision it has read. */
  revision: string;
  population: number;
  /** Inserts and deletes per hour of the rolling day. */
  activity: Activity;
  /** True once a first poll (of a source without polls: sweep) has reached its end: inserts before that are an initial load. */
  isLoaded: boolean;
  failures: number;
  /** The code of the last failure; null when a pass has ended well since. */
  lastErrorCode: string | null;
  /** The fingerprint of the privacy rules under which everything that is stored of the source was written; null: none. */
  privacyApplied: string | null;
  /** Milliseconds until the next poll (null: never) and sweep are due, by the database's clock; ≤ 0 when due. */
  pollDueInMs: number | null;
  sweepDueInMs: number;
  /** As the others; null: it never looks back. */
  lookBackDueInMs: number | null;
  /** Since the last checkpoint; null before the first. */
  checkpointAgeMs: number | null;
  /** Since the last look-back that ended well began; null before the first. */
  lookedBackAgeMs: number | null;
  /** A person has asked for one, which its windows do not keep back. */
  pollAsked: boolean;
  sweepAsked: boolean;
  /** Milliseconds since the last attempt, poll, cursor move, or event; null before the first. */
  lastAttemptAgeMs: number | null;
  lastSuccessAgeMs: number | null;
  cursorAgeMs: number | null;
  lastChangeAgeMs: number | null;
  /** Accounts on hold: all of them, and those whose hold waits for a decision. */
  held: number;
  waiting: number;
  /** Items in quarantine: all of them, and those that wait for a look-up. */
  quarantined: number;
  redriving: number;
  /** The sweep that is under way, if any. */
  openSweep: OpenSweep | null;
}

export interface OpenSweep {
  passId: string;
  position: JsonValue | null;
  /** Distinct ids staged so far; when the staging table holds fewer, a crash has emptied it and the sweep starts again. */
  seen: number;
  /** What the pages of the sweep itself have observed, polls aside; 0: it has proved nothing. */
  observed: number;
}

export interface SourceStore {
  /** All sources of these shards. */
  loadSources(shards: readonly number[]): Promise<Source[]>;
  loadSource(id: number): Promise<Source | null>;
  pendingIntents(shards: readonly number[]): Promise<Intent[]>;
  /**
   * Carries an intent out: `resume` makes a halted source running and due, `poll` and `sweep` make it due, `approve` and `reject`
   * decide about a hold (once approved it stays so: the outcome tells), `redrive` has items wait for a look-up (and makes the sweep due where some
   * cannot be looked up), `discard` forgets them, `set`, `rewind` and `reset` move the cursor, which makes the poll due, renews the revision and ends
   * what an earlier move had published again; effect and `done_at` commit together. Whatever steers a source leaves a checkpoint: where it stood before.
   * @returns false when the term is lost, the intent was already done, or the cursor is to be moved from another revision.
   */
  finishIntent(done: FinishedIntent): Promise<boolean>;
}
