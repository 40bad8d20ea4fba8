import type { Clock } from "../ports/clock.ts";
import type { Gauges } from "../ports/metrics.ts";
import { laneFreshness } from "./lane-freshness.ts";
import { opensInMs } from "./lane-windows.ts";
import type { RunningShard } from "./run-shard.ts";

/** What the shards of this worker, and their sources, are like now. */
export function workerGauges(shards: Iterable<RunningShard>, shardCount: number, clock: Clock): Gauges {
  const nowMs = clock.now();
  const seconds = (ms: number | null) => (ms === null ? null : Math.max(0, ms) / 1_000);
  const age = (atMs: number | null) => seconds(atMs === null ? null : nowMs - atMs);
  const running = [...shards];
  return {
    shardsOwned: running.length,
    shardCount,
    shards: running.map(({ shard }) => ({
      shard: shard.shard,
      journalDepth: shard.journal.depth(),
      journalAgeSeconds: shard.journal.ageMs() / 1_000,
    })),
    circuits: [
      ...new Set(running.flatMap(({ lanes }) => [...lanes.values()].flatMap(({ circuit }) => circuit ?? []))),
    ].map(({ group, isOpen }) => ({ group, isOpen })),
    sources: running.flatMap(({ lanes }) =>
      [...lanes.values()]
        .filter(({ source }) => !source.isRemoved)
        .map((lane) => ({
          name: lane.source.name,
          freshness: laneFreshness(lane, clock),
          cursorAgeSeconds: age(lane.cursorMovedAtMs),
          lastSuccessAgeSeconds: age(lane.lastSuccessAtMs),
          lastChangeAgeSeconds: age(lane.lastChangeAtMs),
          opensInSeconds: seconds(opensInMs(lane, clock.monotonicMs())),
          waiting: lane.source.waiting,
          quarantined: lane.source.quarantined,
        })),
    ),
  };
}
