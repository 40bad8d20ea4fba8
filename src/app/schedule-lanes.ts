import { type Lane, dueAt, turnOf } from "./lane.ts";
import { journalHighWater } from "./owned-shard.ts";
import type { RunningShard } from "./run-shard.ts";
import { takeTurn } from "./take-turn.ts";
import type { Wake } from "./wake.ts";
import type { WorkerPorts } from "./worker-ports.ts";

/** How many passes run at once in one process: more would only wait for each other. */
const passesAtOnce = 64;
/** Due times change behind the loop's back (configuration, intents), so it looks again at least this often. */
const longestSleepMs = 1_000;

/**
 * Gives turns to the lanes of all owned shards until the signal is aborted: whatever is due, the oldest attempt first, so
 * that no source waits behind one that is always due.
 * @param changed Notified whenever a lane becomes free or due.
 */
export async function scheduleLanes(
  shards: () => Iterable<RunningShard>,
  changed: Wake,
  ports: WorkerPorts,
  signal: AbortSignal,
): Promise<void> {
  const { clock } = ports;
  let running = 0;
  while (!signal.aborted) {
    const nowMs = clock.monotonicMs();
    let wakeAtMs = nowMs + longestSleepMs;
    const due: { lane: Lane; shard: RunningShard }[] = [];
    for (const shard of shards()) {
      if (shard.shard.signal.aborted || shard.shard.journal.depth() >= journalHighWater) continue;
      for (const lane of shard.lanes.values()) {
        if (turnOf(lane, nowMs) !== null) due.push({ lane, shard });
        else wakeAtMs = Math.min(wakeAtMs, dueAt(lane));
      }
    }
    due.sort((a, b) => a.lane.lastAttemptAtMs - b.lane.lastAttemptAtMs);
    for (const { lane, shard } of due.slice(0, passesAtOnce - running)) {
      const turn = turnOf(lane, nowMs);
      if (turn === null) continue;
      running += 1;
      shard.track(
        takeTurn(lane, turn, ports).finally(() => {
          running -= 1;
          changed.notify();
        }),
      );
    }
    // What is due beyond the limit starts as soon as a pass ends, which notifies.
    await changed.wait(Math.max(1, wakeAtMs - clock.monotonicMs()), signal);
  }
}
