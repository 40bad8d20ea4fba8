import { beyondRetention } from "../../src/core/beyond-retention.ts";
import type { DatabaseCondition, InstallationStore, JournalUpkeep } from "../../src/ports/store.ts";
import type { MemoryState } from "./memory-store-state.ts";

const dayMs = 86_400_000;

/** @see InstallationStore.maintainJournal. A day is as large as its events. */
export function maintainJournal(
  state: MemoryState,
  { daysAhead, retentionDays, journalMaxBytes }: Parameters<InstallationStore["maintainJournal"]>[0],
): JournalUpkeep {
  const shards = [...state.shards.values()];
  const wanted = Array.from({ length: daysAhead + 1 }, (_, n) => dayOf(state.now() + n * dayMs));
  const created = wanted.filter((day) => !state.partitions.has(day)).map(tableOf);
  for (const day of wanted) state.partitions.add(day);

  const rowsOf = (day: string) =>
    shards.flatMap((shard) =>
      shard.journal.filter(({ createdAt }) => dayOf(createdAt) === day).map((row) => ({ shard, row })),
    );
  const days = [...state.partitions].map((day) => ({
    day,
    bytes: rowsOf(day).reduce((sum, { row }) => sum + Buffer.byteLength(row.value), 0),
  }));
  const limits = {
    today: dayOf(state.now()),
    oldestKept: retentionDays === undefined ? "" : dayOf(state.now() - retentionDays * dayMs),
    maxBytes: journalMaxBytes ?? null,
  };
  const upkeep: JournalUpkeep = { created, dropped: [], kept: null };
  for (const {
    day: { day },
    because,
  } of beyondRetention(days, limits)) {
    const rows = rowsOf(day);
    const isUnpublished = rows.some(({ shard, row }) => BigInt(row.seq) > BigInt(shard.publishedSeq));
    const isReplayed = rows.some(({ shard, row }) => isReplaying(state, shard.id, BigInt(row.seq)));
    if (isUnpublished || isReplayed) {
      upkeep.kept = { partition: tableOf(day), because: isUnpublished ? "unpublished" : "replayed" };
      break;
    }
    state.partitions.delete(day);
    for (const { shard, row } of rows)
      if (BigInt(row.seq) >= shard.firstKeptSeq) shard.firstKeptSeq = BigInt(row.seq) + 1n;
    for (const shard of shards)
      shard.journal = shard.journal.filter(({ createdAt }) => dayOf(createdAt) !== day);
    upkeep.dropped.push({ partition: tableOf(day), because });
  }
  return upkeep;
}

/** @see InstallationStore.databaseCondition */
export function databaseCondition(state: MemoryState): DatabaseCondition {
  const rows = [...state.shards.values()].flatMap(({ journal }) => journal);
  return {
    version: "memory",
    versionNumber: 180_000,
    now: new Date(state.now()).toISOString(),
    connections: { used: 1, most: 100 },
    installation: state.installation,
    journal: {
      today: dayOf(state.now()),
      days: [...state.partitions].sort(),
      bytes: rows.reduce((sum, { value }) => sum + Buffer.byteLength(value), 0),
    },
  };
}

/** A replay of the journal has still to read that row. */
function isReplaying(state: MemoryState, shard: number, seq: bigint): boolean {
  return [...state.replayParts.values()].some(
    (part) =>
      part.shard === shard &&
      part.endedAt === null &&
      part.nextSeq !== null &&
      part.endSeq !== null &&
      state.replays.get(part.replayId)?.endedAt === null &&
      seq >= BigInt(part.nextSeq) &&
      seq <= BigInt(part.endSeq),
  );
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10).replaceAll("-", "");
}

function tableOf(day: string): string {
  return `journal_${day}`;
}
