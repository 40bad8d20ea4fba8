import type { JsonValue } from "../../src/core/json.ts";
import type { AccountState } from "../../src/core/change.ts";
import type { HeldChange } from "../../src/core/held-change.ts";
import type {
  Checkpoint,
  CommitStep,
  Hold,
  Installation,
  Intent,
  JournalRow,
  JournalSelection,
  Lease,
  PassCounts,
  PinnedTopic,
  ReplayKind,
  ReplayState,
  ShardAnchor,
  Source,
} from "../../src/ports/store.ts";

/** A part of the store as plain functions; `memoryStore` makes them asynchronous. */
export type Part<T> = {
  [Name in keyof T]: T[Name] extends (...args: infer Args) => Promise<infer Result>
    ? (...args: Args) => Result
    : never;
};

/** Everything a memory store holds. Instants are milliseconds of its clock. */
export interface MemoryState {
  readonly now: () => number;
  /** Takes the place of a random revision: never gives one out twice, also when everything else is put back. */
  readonly newRevision: () => string;
  installation: Installation | null;
  readonly topics: Map<string, PinnedTopic>;
  readonly workers: Map<string, { host: string; version: string; seenAt: number }>;
  readonly shards: Map<number, MemoryShard>;
  readonly sources: Map<number, MemorySource>;
  readonly intents: Map<string, Intent>;
  readonly holds: Map<string, MemoryHold>;
  /** By source and account: an account is in one hold at most. */
  readonly heldChanges: Map<string, MemoryHeldChange>;
  readonly accounts: Map<number, Map<string, AccountState>>;
  /** By source. */
  readonly shapes: Map<number, JsonValue>;
  readonly passes: Map<string, MemoryPass>;
  /** By account where the item names one, else by the item. */
  readonly quarantine: Map<string, MemoryQuarantined>;
  /** By credential and seed; ends are milliseconds of the clock. */
  readonly tokens: Map<string, { sealed: string; endsAt: number }>;
  readonly checkpoints: Map<string, MemoryCheckpoint>;
  readonly replays: Map<string, MemoryReplay>;
  /** By replay and shard. */
  readonly replayParts: Map<string, MemoryReplayPart>;
  /** Days that have a journal partition, as YYYYMMDD. */
  readonly partitions: Set<string>;
}

export interface MemoryShard extends ShardAnchor {
  id: number;
  owner: string | null;
  term: bigint;
  expiresAt: number;
  journal: (JournalRow & { createdAt: number })[];
  /** From here on nothing has left the journal by retention. */
  firstKeptSeq: bigint;
}

type Derived =
  | "pollDueInMs"
  | "sweepDueInMs"
  | "lookBackDueInMs"
  | "lookedBackAgeMs"
  | "lastAttemptAgeMs"
  | "lastSuccessAgeMs"
  | "cursorAgeMs"
  | "lastChangeAgeMs"
  | "lastErrorCode"
  | "checkpointAgeMs"
  | "openSweep"
  | "held"
  | "waiting"
  | "quarantined"
  | "redriving";

export interface MemorySource extends Omit<Source, Derived> {
  lastError: string | null;
  sweepNotOffered: string | null;
  nextPollAt: number | null;
  nextSweepAt: number;
  nextLookBackAt: number | null;
  lastAttemptAt: number | null;
  lastPollAt: number | null;
  lastSweepAt: number | null;
  lastLookBackAt: number | null;
  lastChangeAt: number | null;
  cursorMovedAt: number | null;
  checkpointedAt: number | null;
}

export interface MemoryHold extends Omit<Hold, "source" | "accounts"> {
  sourceId: number;
}

export interface MemoryHeldChange extends Pick<HeldChange, "document"> {
  sourceId: number;
  accountId: string;
  holdId: string;
}

export interface MemoryQuarantined {
  id: string;
  sourceId: number;
  accountId: string | null;
  raw: JsonValue;
  reason: string;
  times: number;
  pass: CommitStep["kind"];
  firstSeenAt: number;
  lastSeenAt: number;
  redriveId: string | null;
  redrivenAt: number | null;
}

export interface MemoryCheckpoint extends Omit<Checkpoint, "source" | "shard" | "at"> {
  sourceId: number;
  at: number;
}

export interface MemoryReplay extends JournalSelection {
  id: string;
  kind: ReplayKind;
  sourceId: number | null;
  since: string | null;
  until: string | null;
  pace: number | null;
  state: Exclude<ReplayState, "done">;
  detail: string | null;
  actor: string;
  askedAt: number;
  endedAt: number | null;
}

export interface MemoryReplayPart {
  replayId: string;
  shard: number;
  nextSeq: string | null;
  endSeq: string | null;
  position: JsonValue | null;
  expected: number | null;
  done: number;
  endedAt: number | null;
}

export interface MemoryPass extends PassCounts {
  id: string;
  sourceId: number;
  kind: "poll" | "sweep" | "look-back";
  outcome: "open" | "done" | "failed" | "not-offered";
  startedAt: number;
  endedAt: number | null;
  errorCode: string | null;
  error: string | null;
  position: JsonValue | null;
  advancedAt: number | null;
  seen: number;
  /** The staging: a crash of the server empties it. */
  staged: Set<string>;
}

export function emptyState(now: () => number): MemoryState {
  let revisions = 0n;
  return {
    now,
    // Below zero, where no nonce is.
    newRevision: () => String((revisions -= 1n)),
    installation: null,
    topics: new Map(),
    workers: new Map(),
    shards: new Map(),
    sources: new Map(),
    intents: new Map(),
    holds: new Map(),
    heldChanges: new Map(),
    accounts: new Map(),
    shapes: new Map(),
    passes: new Map(),
    quarantine: new Map(),
    tokens: new Map(),
    checkpoints: new Map(),
    replays: new Map(),
    replayParts: new Map(),
    partitions: new Set(),
  };
}

export function theInstallation(state: MemoryState): Installation {
  if (state.installation === null) throw new Error("no installation: call ensureInstallation first");
  return state.installation;
}

/** Tells owners to look again. */
export function bumpConfigRevision(state: MemoryState): void {
  const installation = theInstallation(state);
  installation.configRevision = state.newRevision();
}

/** Grants the shard under a term that grows with the clock, too. */
export function grant(
  state: MemoryState,
  shard: MemoryShard,
  { workerId, ttlMs }: { workerId: string; ttlMs: number },
): Lease {
  const nowMs = BigInt(Math.round(state.now()));
  const term = shard.term < nowMs ? nowMs : shard.term + 1n;
  Object.assign(shard, { owner: workerId, term, expiresAt: state.now() + ttlMs });
  return { shard: shard.id, term: String(term) };
}

export function shardOf(state: MemoryState, id: number): MemoryShard {
  const shard = state.shards.get(id);
  if (shard === undefined) throw new Error(`no shard ${id}`);
  return shard;
}

/** True while this term is the shard's: the fence of every write. */
export function isCurrent(state: MemoryState, claim: { shard: number; term: string }): boolean {
  return state.shards.get(claim.shard)?.term === BigInt(claim.term);
}

/** The number after the highest one given so far. */
export function nextId(rows: ReadonlyMap<string, unknown>): string {
  return String(Math.max(0, ...[...rows.keys()].map(Number)) + 1);
}

export function sourceOf(state: MemoryState, id: number): MemorySource {
  const source = state.sources.get(id);
  if (source === undefined) throw new Error(`no source ${id}`);
  return source;
}

export function openSweepOf(state: MemoryState, sourceId: number): MemoryPass | undefined {
  return [...state.passes.values()].find((pass) => pass.sourceId === sourceId && pass.outcome === "open");
}

/** The code that a failure's text begins with. */
export function errorCodeOf(lastError: string | null): string | null {
  return lastError?.split(":", 1)[0] ?? null;
}

/** Ids compare as UTF-8 bytes, as in the database. */
export function compareIds(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
