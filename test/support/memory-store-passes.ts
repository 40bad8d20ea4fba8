import type { AccountState } from "../../src/core/change.ts";
import { storedEntry } from "../../src/core/event.ts";
import type {
  CommitOutcome,
  CommitStep,
  FailedPass,
  JournalStore,
  OpenSweep,
  PassCounts,
  PassStore,
  Source,
  SourceStore,
} from "../../src/ports/store.ts";
import { carryOutAct, leaveCheckpoint } from "./memory-store-checkpoints.ts";
import { commitHolds, countHeld, decideHold, isDeleteHeld } from "./memory-store-holds.ts";
import { sliced } from "./memory-store-privacy.ts";
import {
  carryOutOnQuarantine,
  commitQuarantine,
  isWaiting,
  quarantineOf,
} from "./memory-store-quarantine.ts";
import { advancedPart, advanceReplay } from "./memory-store-replay-step.ts";
import {
  compareIds,
  isCurrent,
  type MemoryPass,
  type MemorySource,
  type MemoryState,
  nextId,
  errorCodeOf,
  openSweepOf,
  type Part,
  shardOf,
  sourceOf,
} from "./memory-store-state.ts";

export function memorySources(state: MemoryState): Part<SourceStore> {
  return {
    loadSources: (shards) =>
      [...state.sources.values()]
        .filter(({ shard }) => shards.includes(shard))
        .map((source) => loaded(state, source)),
    loadSource: (id) => {
      const source = state.sources.get(id);
      return source === undefined ? null : loaded(state, source);
    },
    pendingIntents: (shards) =>
      [...state.intents.values()].filter(
        ({ doneAt, sourceId }) => doneAt === null && shards.includes(sourceOf(state, sourceId).shard),
      ),
    finishIntent: ({ intent: id, outcome, answer, moved, ...claim }) => {
      const intent = state.intents.get(id);
      if (intent === undefined || intent.doneAt !== null || !isCurrent(state, claim)) return false;
      const source = sourceOf(state, intent.sourceId);
      if (source.shard !== claim.shard) return false;
      if (moved !== undefined && moved.revision !== source.revision) return false;
      const doneAt = new Date(state.now()).toISOString();
      Object.assign(intent, { doneAt, outcome, answer: answer ?? null });
      if (outcome !== "done") return true;
      const { verb, holdId, note, actor: decidedBy } = intent;
      if (verb === "approve" || verb === "reject") {
        const decision = verb === "approve" ? ("approved" as const) : ("rejected" as const);
        const isDecided = decideHold(state, holdId, { state: decision, decidedAt: doneAt, decidedBy, note });
        if (!isDecided && verb === "reject") intent.outcome = "refused: it is approved already";
        return true;
      }
      if (verb === "redrive" || verb === "discard") {
        const concerned = carryOutOnQuarantine(state, { ...intent, verb });
        intent.items = concerned.length;
        const isHelpless = verb === "redrive" && concerned.some(({ accountId }) => accountId === null);
        if (isHelpless && source.sweepNotOffered === null)
          Object.assign(source, { nextSweepAt: state.now(), sweepAsked: true });
        return true;
      }
      if (verb === "preview" || verb === "check") return true;
      intent.answer ??= carryOutAct(state, source, intent, moved);
      if (verb === "pause") Object.assign(source, { state: "paused", haltedCode: null, haltedReason: null });
      if (verb === "pause" || moved !== undefined) return true;
      if (intent.verb === "sweep" || source.everyMs === null) source.nextSweepAt = state.now();
      else source.nextPollAt = state.now();
      if (intent.verb === "sweep" || (intent.verb === "poll" && source.everyMs === null))
        source.sweepAsked = true;
      else if (intent.verb === "poll") source.pollAsked = true;
      if (intent.verb === "resume") {
        Object.assign(source, { state: "running", haltedCode: null, haltedReason: null, failures: 0 });
      }
      return true;
    },
  };
}

export function memoryPasses(state: MemoryState): Part<PassStore> {
  const accounts = (sourceId: number) => state.accounts.get(sourceId) ?? new Map<string, AccountState>();
  const stagedIn = (passId: string) => state.passes.get(passId)?.staged ?? new Set<string>();
  const absent = (sourceId: number, passId: string) =>
    [...accounts(sourceId).values()]
      .filter(
        ({ id, document }) =>
          document !== null && !stagedIn(passId).has(id) && !isDeleteHeld(state, sourceId, id),
      )
      .map(({ id }) => id)
      .sort(compareIds);
  return {
    knownAccounts: (sourceId, asked) =>
      asked.flatMap(({ id, unlessHash }) => {
        const state = accounts(sourceId).get(id);
        if (state === undefined) return [];
        const isWanted = state.document === null || (unlessHash !== null && unlessHash !== state.hash);
        return [isWanted ? state : { ...state, document: undefined }];
      }),
    livingAccounts: ({ sourceId, ...slice }) => {
      const living = [...accounts(sourceId).values()].flatMap(({ document, ...account }) =>
        document === null ? [] : [{ ...account, document }],
      );
      return sliced(living, slice, compareIds, ({ document }) => document);
    },
    commit: (step) => commit(state, step),
    openSweep: ({ sourceId, ...claim }) => {
      if (!isCurrent(state, claim)) return null;
      return openSweep(openSweepOf(state, sourceId) ?? addPass(state, sourceId, "sweep"));
    },
    countSeen: (passId) => stagedIn(passId).size,
    countAbsent: (sourceId, passId) => absent(sourceId, passId).length,
    absentAccounts: ({ sourceId, passId, after, limit }) =>
      absent(sourceId, passId)
        .filter((id) => after === null || compareIds(id, after) > 0)
        .slice(0, limit),
    approvedAbsent: ({ sourceId, passId, after, limit }) => {
      const sweep = openSweepOf(state, sourceId);
      if (sweep?.id !== passId || sweep.seen !== sweep.staged.size) return [];
      return [...state.heldChanges.values()]
        .filter((held) => held.sourceId === sourceId && held.document === null)
        .filter(({ holdId }) => state.holds.get(holdId)?.state === "approved")
        .map(({ accountId }) => accountId)
        .filter((id) => !sweep.staged.has(id) && (after === null || compareIds(id, after) > 0))
        .sort(compareIds)
        .slice(0, limit);
    },
    failPass: (failed) => failPass(state, failed),
    leaveSweep: ({ sourceId, why, nextInMs, counts, ...claim }) => {
      if (!isCurrent(state, claim)) return false;
      const nowMs = state.now();
      const next = {
        nextSweepAt: nowMs + nextInMs,
        lastAttemptAt: nowMs,
        sweepNotOffered: why,
        sweepAsked: false,
      };
      Object.assign(sourceOf(state, sourceId), next);
      const sweep = openSweepOf(state, sourceId);
      if (sweep !== undefined) endPass(state, sweep, "not-offered", counts, null, why);
      return true;
    },
    prunePasses: (olderThanDays) => {
      const old = [...state.passes.values()].filter(
        ({ endedAt }) => endedAt !== null && endedAt < state.now() - olderThanDays * 86_400_000,
      );
      for (const { id } of old) state.passes.delete(id);
      return old.length;
    },
  };
}

export function memoryJournal(state: MemoryState): Part<JournalStore> {
  return {
    nextJournal: ({ shard, from, limit, maxBytes }) => {
      let bytes = 0;
      const rows = shardOf(state, shard).journal.filter(({ seq }) => BigInt(seq) >= BigInt(from));
      const fitting = rows.slice(0, limit).filter(({ value }) => {
        const fits = bytes < maxBytes;
        bytes += Buffer.byteLength(value);
        return fits;
      });
      return fitting.map(({ createdAt: _createdAt, ...row }) => row);
    },
    journalRow: (shard, seq) => {
      const found = shardOf(state, shard).journal.find((row) => row.seq === seq);
      if (found === undefined) return null;
      const { createdAt: _createdAt, value: _value, ...facts } = found;
      return facts;
    },
    journalTopics: (id, from) => {
      const rows = shardOf(state, id).journal.filter(({ seq }) => BigInt(seq) >= BigInt(from));
      return [...new Set(rows.map(({ topic }) => topic))].sort();
    },
    shardAnchor: (id) => {
      const { lastSeq, publishedSeq, publishedNonce, seeded } = shardOf(state, id);
      return { lastSeq, publishedSeq, publishedNonce, seeded };
    },
    recordPublished: ({ seq, nonce, ...claim }) => {
      if (!isCurrent(state, claim)) return false;
      const shard = shardOf(state, claim.shard);
      if (BigInt(seq) > BigInt(shard.lastSeq)) return false;
      shard.seeded = true;
      if (BigInt(seq) >= BigInt(shard.publishedSeq))
        Object.assign(shard, { publishedSeq: seq, publishedNonce: nonce });
      return true;
    },
  };
}

export function loaded(state: MemoryState, source: MemorySource): Source {
  const {
    lastError,
    sweepNotOffered: _sweepNotOffered,
    nextPollAt,
    nextSweepAt,
    nextLookBackAt,
    lastAttemptAt,
    lastPollAt,
    lastSweepAt,
    lastLookBackAt,
    lastChangeAt,
    cursorMovedAt,
    checkpointedAt,
    ...same
  } = source;
  const nowMs = state.now();
  const age = (at: number | null) => (at === null ? null : nowMs - at);
  const sweep = openSweepOf(state, source.id);
  return {
    ...same,
    pollDueInMs: nextPollAt === null ? null : nextPollAt - nowMs,
    sweepDueInMs: nextSweepAt - nowMs,
    lookBackDueInMs: nextLookBackAt === null ? null : nextLookBackAt - nowMs,
    lookedBackAgeMs: age(lastLookBackAt),
    lastAttemptAgeMs: age(lastAttemptAt),
    lastSuccessAgeMs: age(
      lastPollAt === null && lastSweepAt === null ? null : Math.max(lastPollAt ?? 0, lastSweepAt ?? 0),
    ),
    cursorAgeMs: age(cursorMovedAt),
    lastChangeAgeMs: age(lastChangeAt),
    lastErrorCode: errorCodeOf(lastError),
    checkpointAgeMs: age(checkpointedAt),
    held: countHeld(state, source.id, "waiting", "approved", "rejected"),
    waiting: countHeld(state, source.id, "waiting"),
    quarantined: quarantineOf(state, source.id).length,
    redriving: quarantineOf(state, source.id).filter(isWaiting).length,
    openSweep: sweep === undefined ? null : openSweep(sweep),
  };
}

function openSweep({ id, position, seen, observed }: MemoryPass): OpenSweep {
  return { passId: id, position, seen, observed };
}

function addPass(state: MemoryState, sourceId: number, kind: MemoryPass["kind"], tookMs = 0): MemoryPass {
  const counts = { pages: 0, observed: 0, inserted: 0, updated: 0, deleted: 0, unchanged: 0, quarantined: 0 };
  const id = nextId(state.passes);
  const pass: MemoryPass = {
    id,
    sourceId,
    kind,
    outcome: "open",
    errorCode: null,
    error: null,
    startedAt: state.now() - tookMs,
    endedAt: null,
    position: null,
    advancedAt: null,
    seen: 0,
    staged: new Set(),
    ...counts,
  };
  state.passes.set(id, pass);
  return pass;
}

function endPass(
  state: MemoryState,
  pass: MemoryPass,
  outcome: MemoryPass["outcome"],
  counts: PassCounts,
  errorCode: string | null,
  error: string | null = null,
): void {
  Object.assign(pass, counts, { outcome, errorCode, error, endedAt: state.now(), staged: new Set() });
}

function commit(state: MemoryState, step: CommitStep): CommitOutcome {
  if (!isCurrent(state, step)) return { kind: "term-lost" };
  const source = sourceOf(state, step.sourceId);
  const sweep = openSweepOf(state, source.id);
  if (source.revision !== step.revision || source.shard !== step.shard) return { kind: "stale" };
  if (step.seen !== undefined && step.seen.passId !== sweep?.id) return { kind: "stale" };
  if (step.replay !== undefined && advancedPart(state, step) === undefined) return { kind: "stale" };

  const nowMs = state.now();
  source.revision = step.batchNonce;
  source.population = step.population;
  source.activity = [...step.activity];
  const { cursor, cursorVersion } = step;
  if (cursor !== undefined) Object.assign(source, { cursor, cursorVersion, cursorMovedAt: nowMs });
  if (step.entries.some(({ replay }) => replay === undefined)) source.lastChangeAt = nowMs;

  const accounts = state.accounts.get(source.id) ?? new Map();
  state.accounts.set(source.id, accounts);
  for (const { accountId: id, version, hash, document, replay } of step.entries)
    if (replay === undefined) accounts.set(id, { id, version, hash, document });

  const shard = shardOf(state, step.shard);
  const firstSeq = BigInt(shard.lastSeq) + 1n;
  step.entries.forEach((entry, index) => {
    const seq = String(firstSeq + BigInt(index));
    shard.journal.push({ ...storedEntry(entry), seq, batchNonce: step.batchNonce, createdAt: nowMs });
  });
  shard.lastSeq = String(firstSeq + BigInt(step.entries.length) - 1n);

  commitQuarantine(state, step);
  if (step.seen !== undefined && sweep !== undefined) {
    for (const id of step.seen.ids) {
      if (!sweep.staged.has(id)) sweep.seen += 1;
      sweep.staged.add(id);
    }
    sweep.advancedAt = state.now();
    if (step.seen.position !== undefined) {
      sweep.position = step.seen.position;
      sweep.observed += step.seen.ids.length;
    }
  }
  commitHolds(state, step);
  advanceReplay(state, step);
  if (step.shape !== undefined) state.shapes.set(step.sourceId, step.shape);
  if (step.finished !== undefined) finishPass(state, source, step.finished);
  if (step.leavesCheckpoint === true)
    leaveCheckpoint(state, source, { reason: step.finished?.kind ?? step.kind, actor: null });
  return { kind: "committed", firstSeq: String(firstSeq), revision: source.revision };
}

function finishPass(
  state: MemoryState,
  source: MemorySource,
  finished: NonNullable<CommitStep["finished"]>,
): void {
  const { kind, counts, nextInMs, tookMs } = finished;
  const nowMs = state.now();
  Object.assign(source, { failures: 0, lastError: null, lastAttemptAt: nowMs, isLoaded: true });
  if (kind === "sweep") {
    Object.assign(source, { sweepNotOffered: null, sweepAsked: false });
    source.nextSweepAt = nowMs + nextInMs;
    source.lastSweepAt = nowMs;
    const sweep = openSweepOf(state, source.id);
    if (sweep !== undefined) endPass(state, sweep, "done", counts, null);
    return;
  }
  setDue(source, kind, nowMs + nextInMs);
  if (kind === "poll") Object.assign(source, { lastPollAt: nowMs, pollAsked: false });
  else source.lastLookBackAt = nowMs - tookMs;
  const { inserted, updated, deleted, quarantined } = counts;
  if (inserted + updated + deleted + quarantined > 0) {
    endPass(state, addPass(state, source.id, kind, tookMs), "done", counts, null);
  }
}

/** Polls and look-backs may have been taken from the source meanwhile. */
function setDue(source: MemorySource, kind: FailedPass["kind"], at: number): void {
  if (kind === "poll" && source.everyMs !== null) source.nextPollAt = at;
  if (kind === "sweep") source.nextSweepAt = at;
  if (kind === "look-back" && source.lookBack !== null) source.nextLookBackAt = at;
}

function failPass(state: MemoryState, failed: FailedPass): boolean {
  if (!isCurrent(state, failed)) return false;
  const source = sourceOf(state, failed.sourceId);
  const { code, message, kind, counts, abandonSweep, tookMs } = failed;
  const nowMs = state.now();
  source.revision = state.newRevision();
  source.failures += 1;
  source.lastError = `${code}: ${message}`;
  source.lastAttemptAt = nowMs;
  if (failed.halt) Object.assign(source, { state: "halted", haltedCode: code, haltedReason: message });
  setDue(source, kind, nowMs + failed.retryInMs);

  const sweep = openSweepOf(state, source.id);
  if (abandonSweep && sweep !== undefined) endPass(state, sweep, "failed", counts, code, message);
  if (kind === "poll" || kind === "look-back")
    endPass(state, addPass(state, source.id, kind, tookMs), "failed", counts, code, message);
  return true;
}
