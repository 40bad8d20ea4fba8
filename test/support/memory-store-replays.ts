import type {
  AskedReplay,
  JournalRow,
  OpenReplay,
  Replay,
  ReplayEstimate,
  ReplayRefusal,
  ReplaySlice,
  ReplayStore,
  SliceOutcome,
} from "../../src/ports/store.ts";
import {
  bumpConfigRevision,
  isCurrent,
  type MemoryReplay,
  type MemoryReplayPart,
  type MemoryShard,
  type MemorySource,
  type MemoryState,
  type Part,
  shardOf,
} from "./memory-store-state.ts";

type AskedOfJournal = Extract<AskedReplay, { kind: "journal" }>;
type Range = Pick<MemoryReplayPart, "shard" | "nextSeq" | "endSeq" | "expected">;

export function memoryReplays(state: MemoryState): Part<ReplayStore> {
  const parts = (id: string) => [...state.replayParts.values()].filter(({ replayId }) => replayId === id);
  const isOpen = ({ endedAt }: MemoryReplayPart) => endedAt === null;
  return {
    estimateReplay: (asked) => {
      const planned = plan(state, asked);
      return "kind" in planned ? planned : planned.estimate;
    },
    startReplay: (asked) => {
      const planned = plan(state, asked);
      return "kind" in planned ? planned : { id: addReplay(state, asked, planned.ranges) };
    },
    replays: ({ limit, before, source, isOpen = false }) =>
      [...state.replays.values()]
        .toReversed()
        .map((replay) => shown(state, replay, parts(replay.id)))
        .filter(
          (replay) =>
            (before === undefined || BigInt(replay.id) < BigInt(before)) &&
            (source === undefined || replay.source === null || replay.source === source) &&
            (!isOpen || replay.state === "running" || replay.state === "paused"),
        )
        .slice(0, limit),
    replay: (id) => {
      const replay = state.replays.get(id);
      return replay === undefined ? null : shown(state, replay, parts(id));
    },
    steerReplay: (id, verb) => {
      const replay = state.replays.get(id);
      const states = { pause: ["running"], resume: ["paused"], cancel: ["running", "paused"] }[verb];
      if (replay === undefined || !states.includes(replay.state) || !parts(id).some(isOpen)) return false;
      replay.state = ({ pause: "paused", resume: "running", cancel: "cancelled" } as const)[verb];
      if (verb === "cancel") replay.endedAt = state.now();
      bumpConfigRevision(state);
      return true;
    },
    openReplays: (shards) =>
      [...state.replayParts.values()].flatMap((part): OpenReplay[] => {
        const replay = state.replays.get(part.replayId);
        if (replay?.state !== "running" || part.endedAt !== null || !shards.includes(part.shard)) return [];
        const { id, kind, sourceId, accountId, ops, topic, since, until } = replay;
        const { shard, nextSeq, endSeq, position, done } = part;
        const pace = replay.pace === null ? null : replay.pace / parts(id).filter(isOpen).length;
        const selection = { id, kind, sourceId, accountId, ops, topic, since, until, pace };
        return [{ ...selection, shard, nextSeq, endSeq, position, done }];
      }),
    replaySlice: (slice) => replaySlice(state, slice),
    failReplay: ({ replay: id, detail, ...claim }) => {
      if (!isCurrent(state, claim)) return false;
      const replay = state.replays.get(id);
      if (replay !== undefined && (replay.state === "running" || replay.state === "paused"))
        Object.assign(replay, { state: "failed", detail, endedAt: state.now() });
      return true;
    },
  };
}

/** Adds a replay with its parts. @returns its id. */
export function addReplay(
  state: MemoryState,
  asked: Pick<MemoryReplay, "actor" | "pace"> &
    Partial<MemoryReplay> & { kind: MemoryReplay["kind"]; source: string | null },
  ranges: readonly Range[],
): string {
  const id = String(state.replays.size + 1);
  const { kind, actor, pace, accountId = null, ops = null, topic = null, since = null, until = null } = asked;
  state.replays.set(id, {
    id,
    kind,
    sourceId: named(state, asked.source)?.id ?? null,
    accountId,
    ops,
    topic,
    since,
    until: kind === "backfill" ? until : null,
    pace,
    state: "running",
    detail: null,
    actor,
    askedAt: state.now(),
    endedAt: null,
  });
  for (const range of ranges)
    state.replayParts.set(`${id}/${range.shard}`, {
      ...range,
      replayId: id,
      position: null,
      done: 0,
      endedAt: null,
    });
  bumpConfigRevision(state);
  return id;
}

function named(state: MemoryState, name: string | null): MemorySource | undefined {
  return [...state.sources.values()].find((source) => source.name === name);
}

function plan(
  state: MemoryState,
  asked: AskedReplay,
): { ranges: Range[]; estimate: ReplayEstimate } | ReplayRefusal {
  const source = named(state, asked.source);
  if (asked.source !== null && source === undefined) return { kind: "no-such-source" };
  if (asked.kind === "journal") return planOfJournal(state, asked, source);
  if (source === undefined || source.isRemoved) return { kind: "no-such-source" };
  const canReadRange = source.isLoaded && source.cursor !== null && source.everyMs !== null;
  if (asked.kind === "backfill" && !canReadRange) return { kind: "nothing-to-read" };
  const { shard, topic, population } = source;
  const expected = asked.kind === "snapshot" ? population : null;
  return {
    ranges: [{ shard, nextSeq: null, endSeq: null, expected }],
    estimate: { events: expected, firstAt: null, lastAt: null, shards: [shard], topics: [topic] },
  };
}

function planOfJournal(
  state: MemoryState,
  asked: AskedOfJournal,
  source: MemorySource | undefined,
): { ranges: Range[]; estimate: ReplayEstimate } | ReplayRefusal {
  const { from, until, topic } = asked;
  const concerned = [...state.shards.values()].filter(
    ({ id }) => (source === undefined || id === source.shard) && ("since" in from || id === from.shard),
  );
  if (concerned.length === 0) return { kind: "no-such-shard" };
  const gone = goneBefore(state, concerned, from);
  if (gone !== undefined) return gone;
  const found = concerned.flatMap((shard) => {
    const sinceMs = "since" in from ? Date.parse(from.since) : 0;
    const untilMs = until === null ? Number.POSITIVE_INFINITY : Date.parse(until);
    const inTime = shard.journal.filter(({ createdAt }) => createdAt >= sinceMs && createdAt < untilMs);
    const nextSeq = "since" in from ? (inTime[0]?.seq ?? null) : from.seq;
    const endSeq = until === null ? shard.lastSeq : (inTime.at(-1)?.seq ?? "0");
    if (nextSeq === null) return [];
    const rows = shard.journal.filter((row) => isWithin(row, nextSeq, endSeq) && isWanted(row, asked));
    return rows.length === 0 ? [] : [{ shard: shard.id, nextSeq, endSeq, expected: rows.length, rows }];
  });
  const rows = found.flatMap((range) => range.rows);
  const topics = [...new Set(rows.map((row) => topic ?? row.topic))].sort();
  const compacted = topics.find((name) => state.topics.get(name)?.compacted === true);
  if (compacted !== undefined) return { kind: "compacted", topic: compacted };
  const times = rows.map(({ createdAt }) => createdAt).sort((a, b) => a - b);
  const [firstAt = null, lastAt = null] = [times[0], times.at(-1)].map((at) => instant(at ?? null));
  return {
    ranges: found.map(({ rows: _rows, ...range }) => range),
    estimate: { events: rows.length, firstAt, lastAt, shards: found.map(({ shard }) => shard), topics },
  };
}

/** Where a journal begins that does not reach back so far: of several the one that reaches back least. */
function goneBefore(
  state: MemoryState,
  shards: readonly MemoryShard[],
  from: AskedOfJournal["from"],
): Extract<ReplayRefusal, { kind: "gone" }> | undefined {
  const [day = ""] = [...state.partitions].sort();
  const beginsAt = Date.parse(`${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}T00:00:00Z`);
  const [gone] = shards
    .flatMap((shard) => {
      const isKept = ({ seq }: JournalRow) => BigInt(seq) >= shard.firstKeptSeq;
      const first = shard.journal.find(isKept);
      const seq = BigInt(first?.seq ?? BigInt(shard.lastSeq) + 1n);
      const lefts = shard.journal.filter((row) => !isKept(row)).map(({ createdAt }) => createdAt + 1);
      const wholeSince = Math.max(beginsAt, ...lefts);
      const isGone = "since" in from ? Date.parse(from.since) < wholeSince : BigInt(from.seq) < seq;
      return seq > 1n && isGone ? [{ shard: shard.id, seq: String(seq), first, wholeSince }] : [];
    })
    .sort((one, other) => other.wholeSince - one.wholeSince || one.shard - other.shard);
  if (gone === undefined) return undefined;
  const { shard, seq, first, wholeSince } = gone;
  const at = "since" in from ? wholeSince : first?.createdAt;
  const earliest = at === undefined ? null : { seq, at: new Date(at).toISOString() };
  return { kind: "gone", shard, earliest };
}

function isWithin({ seq }: JournalRow, nextSeq: string, endSeq: string): boolean {
  return BigInt(seq) >= BigInt(nextSeq) && BigInt(seq) <= BigInt(endSeq);
}

function isWanted(
  { replay, key, accountId, op }: JournalRow,
  wanted: Pick<AskedOfJournal, "source" | "accountId" | "ops">,
): boolean {
  return (
    replay === undefined &&
    (wanted.source === null || key.startsWith(`${wanted.source}/`)) &&
    (wanted.accountId === null || accountId === wanted.accountId) &&
    (wanted.ops === null || wanted.ops.includes(op))
  );
}

function shown(state: MemoryState, replay: MemoryReplay, parts: readonly MemoryReplayPart[]): Replay {
  const { sourceId, askedAt, endedAt, ...same } = replay;
  const isEnded = parts.every((part) => part.endedAt !== null);
  const isDone = isEnded && (same.state === "running" || same.state === "paused");
  const lastEndedAt = Math.max(askedAt, ...parts.map((part) => part.endedAt ?? 0));
  const expected = parts.map((part) => part.expected);
  return {
    ...same,
    source: sourceId === null ? null : (state.sources.get(sourceId)?.name ?? null),
    state: isDone ? "done" : same.state,
    askedAt: new Date(askedAt).toISOString(),
    endedAt: instant(endedAt ?? (isEnded ? lastEndedAt : null)),
    expected: expected.includes(null) ? null : expected.reduce<number>((sum, one) => sum + (one ?? 0), 0),
    done: parts.reduce((sum, part) => sum + part.done, 0),
    parts: parts.map(({ shard, nextSeq, endSeq, done, endedAt: at }) => ({
      shard,
      nextSeq,
      endSeq,
      done,
      endedAt: instant(at),
    })),
  };
}

function instant(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

function replaySlice(state: MemoryState, slice: ReplaySlice): SliceOutcome {
  if (!isCurrent(state, slice)) return { kind: "term-lost" };
  const replay = state.replays.get(slice.replay);
  const part = state.replayParts.get(`${slice.replay}/${slice.shard}`);
  if (replay?.state !== "running" || part?.endedAt !== null || part.nextSeq !== slice.nextSeq)
    return { kind: "stale" };

  const shard = shardOf(state, slice.shard);
  const endSeq = BigInt(part.endSeq ?? "0");
  const ahead = BigInt(slice.nextSeq) + BigInt(slice.limit) - 1n;
  const upto = ahead < endSeq ? ahead : endSeq;
  const source = replay.sourceId === null ? null : (state.sources.get(replay.sourceId)?.name ?? null);
  const wanted = shard.journal.filter(
    (row) => isWithin(row, slice.nextSeq, String(upto)) && isWanted(row, { ...replay, source }),
  );
  let bytes = 0;
  const taken = wanted.slice(0, slice.maxEvents).filter(({ value }) => {
    const isTaken = bytes < slice.maxBytes;
    bytes += Buffer.byteLength(value);
    return isTaken;
  });
  if (!shard.journal.some(({ seq }) => seq === slice.nextSeq)) return { kind: "gone" };
  const compacted = taken
    .map((row) => replay.topic ?? row.topic)
    .find((name) => state.topics.get(name)?.compacted);
  if (compacted !== undefined) return { kind: "compacted", topic: compacted };

  const base = BigInt(shard.lastSeq);
  taken.forEach((row, index) =>
    shard.journal.push({
      ...row,
      topic: replay.topic ?? row.topic,
      seq: String(base + BigInt(index) + 1n),
      batchNonce: slice.nonce,
      replay: { id: replay.id, originSeq: row.seq },
      createdAt: state.now(),
    }),
  );
  shard.lastSeq = String(base + BigInt(taken.length));
  const lastTaken = taken.at(-1);
  const isCut = taken.length < wanted.length || taken.length === slice.maxEvents;
  const nextSeq = String((isCut && lastTaken !== undefined ? BigInt(lastTaken.seq) : upto) + 1n);
  const hasEnded = BigInt(nextSeq) > endSeq;
  Object.assign(part, {
    nextSeq,
    done: part.done + taken.length,
    endedAt: hasEnded ? state.now() : null,
  });
  return { kind: "replayed", events: taken.length, lastSeq: shard.lastSeq, nextSeq, hasEnded };
}
