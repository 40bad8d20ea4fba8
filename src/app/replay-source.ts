import type { OpenReplay } from "../ports/store.ts";
import { backfillSource } from "./backfill-source.ts";
import { setReplays, turnReplay } from "./lane.ts";
import type { Pass, PassEnd } from "./pass.ts";
import { snapshotSource } from "./snapshot-source.ts";

/**
 * One turn of the source's oldest snapshot or backfill. It gives way as soon as the live feed is due, and goes on when its pace allows. What it has done
 * and where it stands commit together, so a takeover goes on there.
 */
export async function replaySource(pass: Pass, mustYield: () => boolean): Promise<PassEnd> {
  const { lane, ports } = pass;
  const replay = turnReplay(lane);
  // Without one: others of its group have waked the lane.
  if (replay === null) return leave(pass, null);
  const yields = (done: number) => {
    lane.replayDueAtMs = ports.clock.monotonicMs() + pauseMs(replay, done);
    return replay.pace !== null || mustYield();
  };
  const carryOut = replay.kind === "snapshot" ? snapshotSource : backfillSource;
  const end = await carryOut(pass, replay, yields);
  if (end === "done") return leave(pass, replay);
  if (end !== "stale") return end;
  // A person may have paused or cancelled it, which is nothing to be told.
  setReplays(lane, await ports.store.openReplays([lane.shard.shard]));
  return lane.replays.some(({ id }) => id === replay.id) ? "stale" : "yielded";
}

/** How long a replay has to wait after so many events. */
function pauseMs({ pace }: OpenReplay, done: number): number {
  return pace === null ? 0 : (done / pace) * 1_000;
}

function leave({ lane, ports }: Pass, ended: OpenReplay | null): PassEnd {
  lane.replays = lane.replays.filter((replay) => replay !== ended);
  lane.replayDueAtMs = turnReplay(lane) === null ? Number.POSITIVE_INFINITY : ports.clock.monotonicMs();
  return "done";
}
