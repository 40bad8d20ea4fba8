import type { Source } from "../ports/store.ts";
import { type Lane, createLane, refreshLane } from "./lane.ts";
import type { OwnedShard } from "./owned-shard.ts";
import { type Publication, publishShard } from "./publish-shard.ts";
import type { WorkerPorts } from "./worker-ports.ts";

/** The work of one owned shard: a lane per source, and one publisher as soon as there is a source. */
export interface RunningShard {
  readonly shard: OwnedShard;
  readonly lanes: ReadonlyMap<number, Lane>;
  /** Takes over what the database says about the shard's sources; busy lanes look again before their next turn. */
  refresh(sources: readonly Source[]): void;
  /** Remembers a turn, so that `rest` can wait for it. */
  track(turn: Promise<void>): void;
  /** Resolves when every turn and the publisher have come to an end after the shard's signal. */
  rest(): Promise<void>;
}

/** @param onFatal Called when the shard's work ends with an error that concerns the whole process. */
export function runShard(
  shard: OwnedShard,
  publication: Publication,
  ports: WorkerPorts,
  onFatal: (error: unknown) => void,
): RunningShard {
  const lanes = new Map<number, Lane>();
  const turns = new Set<Promise<void>>();
  let publishing: Promise<void> | null = null;

  return {
    shard,
    lanes,
    refresh(sources) {
      for (const source of sources) {
        const lane = lanes.get(source.id);
        if (lane === undefined) lanes.set(source.id, createLane(shard, source, ports.clock));
        else if (lane.isBusy) lane.isOutdated = true;
        else refreshLane(lane, source, ports.clock);
      }
      if (lanes.size > 0) publishing ??= publishShard(shard, publication, ports).catch(onFatal);
    },
    track(turn) {
      const tracked = turn.catch(onFatal).finally(() => turns.delete(tracked));
      turns.add(tracked);
    },
    async rest() {
      await Promise.all([...turns, publishing]);
    },
  };
}
