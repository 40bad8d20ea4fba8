import type { ActAnswer, Checkpoint, CheckpointStore, Intent, MovedCursor } from "../../src/ports/store.ts";
import {
  type MemoryCheckpoint,
  type MemorySource,
  type MemoryState,
  nextId,
  type Part,
  shardOf,
  sourceOf,
} from "./memory-store-state.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

export function memoryCheckpoints(state: MemoryState): Part<CheckpointStore> {
  const of = (name: string) => {
    const source = [...state.sources.values()].find((one) => one.name === name);
    return [...state.checkpoints.values()].filter(({ sourceId }) => sourceId === source?.id);
  };
  const shown = (one: MemoryCheckpoint | undefined) => (one === undefined ? null : checkpointOf(state, one));
  return {
    liveCursor: (name) => {
      const found = [...state.sources.values()].find(
        ({ name: known, isRemoved }) => known === name && !isRemoved,
      );
      if (found === undefined) return null;
      const { cursor, cursorVersion, shard, population, revision, cursorMovedAt } = found;
      const seq = shardOf(state, shard).lastSeq;
      const movedAt = cursorMovedAt === null ? null : new Date(cursorMovedAt).toISOString();
      return { source: name, cursor, cursorVersion, shard, seq, population, revision, movedAt };
    },
    checkpoints: ({ source, limit, before }) => {
      const newest = of(source).toReversed();
      const edge = newest.findIndex(({ id }) => id === before);
      const older = before === undefined ? newest : edge < 0 ? [] : newest.slice(edge + 1);
      return older.slice(0, limit).map((one) => checkpointOf(state, one));
    },
    checkpoint: (id) => shown(state.checkpoints.get(id)),
    checkpointAt: (source, at) => shown(of(source).findLast((one) => one.at <= Date.parse(at))),
    firstCheckpoint: (source) => shown(of(source)[0]),
    changesSince: (name, seq) => {
      const found = [...state.sources.values()].find((one) => one.name === name);
      if (found === undefined) return null;
      const { journal, lastSeq, firstKeptSeq } = shardOf(state, found.shard);
      const next = BigInt(seq) + 1n;
      const isWhole = next >= firstKeptSeq && journal.some((row) => BigInt(row.seq) === next);
      if (lastSeq !== seq && !isWhole) return null;
      const rows = journal.filter(
        (row) => BigInt(row.seq) > BigInt(seq) && row.key.startsWith(`${name}/`) && row.replay === undefined,
      );
      const times = rows.map(({ createdAt }) => createdAt);
      const iso = (ms: number) => (rows.length === 0 ? null : new Date(ms).toISOString());
      return {
        events: rows.length,
        accounts: new Set(rows.map(({ accountId }) => accountId)).size,
        firstAt: iso(Math.min(...times)),
        lastAt: iso(Math.max(...times)),
      };
    },
    thinCheckpoints: ({ allMs, hourlyMs, dailyMs }) => {
      const gone = [...state.sources.values()].flatMap(({ name }) => {
        const all = of(name);
        return all.filter(({ at }, index) => {
          const next = all[index + 1]?.at;
          if (next === undefined) return false;
          const isSame = (unitMs: number) => Math.floor(at / unitMs) === Math.floor(next / unitMs);
          const ageMs = state.now() - at;
          return (ageMs > allMs && isSame(hourMs)) || (ageMs > hourlyMs && isSame(dayMs)) || ageMs > dailyMs;
        });
      });
      for (const { id } of gone) state.checkpoints.delete(id);
      return gone.length;
    },
  };
}

/** Remembers where a source stands now. @returns the checkpoint's id. */
export function leaveCheckpoint(
  state: MemoryState,
  source: MemorySource,
  { reason, actor }: Pick<Checkpoint, "reason" | "actor">,
): string {
  const { id: sourceId, cursor, cursorVersion, population } = source;
  const id = nextId(state.checkpoints);
  const { lastSeq: seq } = shardOf(state, source.shard);
  const at = state.now();
  state.checkpoints.set(id, { id, sourceId, cursor, cursorVersion, seq, population, reason, actor, at });
  source.checkpointedAt = at;
  return id;
}

/** What an act of a person leaves, and where it has the source go on. */
export function carryOutAct(
  state: MemoryState,
  source: MemorySource,
  { verb, actor }: Intent,
  moved: MovedCursor | undefined,
): ActAnswer {
  const checkpoint = leaveCheckpoint(state, source, { reason: verb, actor });
  if (moved === undefined) return { checkpoint, replay: null };
  const nowMs = state.now();
  const { cursor, cursorVersion } = moved;
  Object.assign(source, { cursor, cursorVersion, cursorMovedAt: cursor === null ? null : nowMs });
  source.revision = state.newRevision();
  if (source.everyMs !== null) Object.assign(source, { nextPollAt: nowMs, pollAsked: true });
  for (const replay of state.replays.values()) {
    const isOpen = [...state.replayParts.values()].some(
      ({ replayId, endedAt }) => replayId === replay.id && endedAt === null,
    );
    if (replay.kind === "republish" && replay.sourceId === source.id && isOpen)
      Object.assign(replay, { state: "cancelled", endedAt: nowMs });
  }
  return { checkpoint, replay: moved.republish && beginRepublishing(state, source, actor, moved.republish) };
}

function beginRepublishing(
  state: MemoryState,
  { id: sourceId, shard }: MemorySource,
  actor: string,
  { pace }: { pace: number | null },
): string {
  const id = nextId(state.replays);
  const selection = { accountId: null, ops: null, topic: null, since: null, until: null, pace };
  const times = { askedAt: state.now(), endedAt: null };
  const kind = "republish";
  state.replays.set(id, {
    id,
    kind,
    sourceId,
    ...selection,
    state: "running",
    detail: null,
    actor,
    ...times,
  });
  const range = { nextSeq: null, endSeq: null, position: null, expected: null };
  state.replayParts.set(`${id}/${shard}`, { replayId: id, shard, ...range, done: 0, endedAt: null });
  return id;
}

function checkpointOf(state: MemoryState, { sourceId, at, ...same }: MemoryCheckpoint): Checkpoint {
  const { name, shard } = sourceOf(state, sourceId);
  return { ...same, source: name, shard, at: new Date(at).toISOString() };
}
