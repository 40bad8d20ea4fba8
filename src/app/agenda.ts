import type { Turn } from "../core/schedule.ts";
import { type Lane, dueAt, turnOf } from "./lane.ts";
import { journalHighWater } from "./owned-shard.ts";
import type { RunningShard } from "./run-shard.ts";

/** The lanes that are due, or will be soon, in the order in which they get their turns: the oldest attempt first. */
export interface Agenda {
  /** Looks at all lanes, and takes up those that are due until `untilMs` (monotonic). */
  look(shards: Iterable<RunningShard>, nowMs: number, untilMs: number): void;
  /** Takes a lane up again whose turn has ended. */
  put(lane: Lane, shard: RunningShard, nowMs: number): void;
  /** Takes the next lane out that may have its turn now; null while none may. */
  next(nowMs: number): { lane: Lane; shard: RunningShard; turn: Turn } | null;
  /** When it has something to offer, or has to look again: monotonic milliseconds. */
  nextAtMs(): number;
  /** When it has to look again: what becomes due later is not in it. */
  readonly lookAtMs: number;
}

interface Entry {
  lane: Lane;
  shard: RunningShard;
  dueAtMs: number;
  /** Of what is due, the last attempt; of all else, when it is due: that is later. */
  order: number;
}

/** Many sources are due at times of their own: looking at each of them whenever one has ended would cost more than their polls. */
export function createAgenda(): Agenda {
  let queue: Entry[] = [];
  let lookAtMs = Number.NEGATIVE_INFINITY;

  function entryOf(lane: Lane, shard: RunningShard, nowMs: number): Entry {
    const dueAtMs = dueAt(lane, nowMs);
    return { lane, shard, dueAtMs, order: dueAtMs <= nowMs ? lane.lastAttemptAtMs : dueAtMs };
  }

  return {
    get lookAtMs() {
      return lookAtMs;
    },
    look(shards, nowMs, untilMs) {
      lookAtMs = untilMs;
      queue = [];
      for (const shard of shards) {
        if (!isOpen(shard)) continue;
        for (const lane of shard.lanes.values())
          if (dueAt(lane, nowMs) < untilMs) queue.push(entryOf(lane, shard, nowMs));
      }
      queue.sort((one, other) => one.order - other.order);
    },
    put(lane, shard, nowMs) {
      const entry = entryOf(lane, shard, nowMs);
      if (entry.dueAtMs >= lookAtMs) return;
      queue.splice(queue.findLastIndex(({ order }) => order <= entry.order) + 1, 0, entry);
    },
    next(nowMs) {
      for (;;) {
        const [first] = queue;
        if (first === undefined || first.dueAtMs > nowMs) return null;
        queue.shift();
        // What has changed since it was taken up is found at the next look.
        const turn = isOpen(first.shard) ? turnOf(first.lane, nowMs) : null;
        if (turn !== null) return { ...first, turn };
      }
    },
    nextAtMs: () => Math.min(queue[0]?.dueAtMs ?? lookAtMs, lookAtMs),
  };
}

function isOpen({ shard }: RunningShard): boolean {
  return !shard.signal.aborted && shard.journal.depth() < journalHighWater;
}
