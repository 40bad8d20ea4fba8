import { createAgenda } from "./agenda.ts";
import type { Lane } from "./lane.ts";
import type { RunningShard } from "./run-shard.ts";
import { takeTurn } from "./take-turn.ts";
import type { Wake } from "./wake.ts";
import type { WorkerPorts } from "./worker-ports.ts";

/** How many passes run at once in one process: more would only wait for each other. */
const passesAtOnce = 64;
/** Due times change behind the loop's back (a shard is lost, a journal has room again), so it looks at all lanes at least this often. */
const lookEveryMs = 250;

/**
 * Gives turns to the lanes of all owned shards until the signal is aborted: whatever is due, the oldest attempt first, so
 * that no source waits behind one that is always due.
 * @param changed Notified whenever sources or shards have changed.
 * @param onGivenUp Told of lanes that have no more turns, because their pass was given up.
 */
export async function scheduleLanes(
  shards: () => Iterable<RunningShard>,
  changed: Wake,
  onGivenUp: (lane: Lane, shard: RunningShard) => void,
  ports: WorkerPorts,
  signal: AbortSignal,
): Promise<void> {
  const { clock } = ports;
  const agenda = createAgenda();
  let running = 0;
  let hasEnded = false;
  let isNotified = true;
  while (!signal.aborted) {
    const nowMs = clock.monotonicMs();
    if ((isNotified && !hasEnded) || nowMs >= agenda.lookAtMs)
      agenda.look(shards(), nowMs, nowMs + lookEveryMs);
    hasEnded = false;
    while (running < passesAtOnce) {
      const due = agenda.next(nowMs);
      if (due === null) break;
      const { lane, shard, turn } = due;
      running += 1;
      const ended = takeTurn(lane, turn, ports).finally(() => {
        running -= 1;
        hasEnded = true;
        if (lane.isGivenUp) onGivenUp(lane, shard);
        agenda.put(lane, shard, clock.monotonicMs());
        changed.notify();
      });
      shard.track(ended);
    }
    const wakeAtMs = running < passesAtOnce ? agenda.nextAtMs() : agenda.lookAtMs;
    isNotified = await changed.wait(Math.max(1, wakeAtMs - clock.monotonicMs()), signal);
  }
}
