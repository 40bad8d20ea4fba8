import { followSignal } from "../core/follow-signal.ts";
import type { OpenReplay, Source } from "../ports/store.ts";
import { type GroupCircuit, groupCircuit } from "./group-circuit.ts";
import { type Lane, createLane, refreshLane, setReplays } from "./lane.ts";
import type { OwnedShard } from "./owned-shard.ts";
import { type Publication, publishShard } from "./publish-shard.ts";
import { replayJournal } from "./replay-journal.ts";
import type { WorkerPorts } from "./worker-ports.ts";

/** How long a shard that is released waits for its publisher; the lease lasts longer, and so does the patience of whoever stops a container. */
const patienceMs = 5_000;

/** The work of one owned shard: a lane per source, one publisher as soon as there is a source, and replays of its journal. */
export interface RunningShard {
  readonly shard: OwnedShard;
  readonly lanes: ReadonlyMap<number, Lane>;
  /** Takes over what the database says about the shard's sources and replays; busy lanes look again before their next turn. */
  refresh(sources: readonly Source[], replays: readonly OpenReplay[]): void;
  /** Forgets a lane whose pass was given up; the next refresh makes another one. */
  forget(lane: Lane): void;
  /** Remembers a turn, so that `rest` can wait for it. */
  track(turn: Promise<void>): void;
  /**
   * After the shard's signal: resolves when every turn has ended, what they committed is published (unless the shard is lost, or Kafka does
   * not take it in time), and the publisher has ended, too.
   */
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
  const circuits = new Map<string, GroupCircuit>();
  const turns = new Set<Promise<void>>();
  /** Aborted when the shard is drained or lost: the publisher's end. */
  const publisherEnd = new AbortController();
  followSignal(publisherEnd, shard.lost);
  let publishing: Promise<void> | null = null;
  const journalReplays = replayJournal(shard, publication, ports, onFatal);

  const lanesOf = (group: string) => [...lanes.values()].filter(({ source }) => source.group === group);

  const addLane = (source: Source): Lane => {
    const lane = createLane(shard, source, ports.clock);
    lanes.set(source.id, lane);
    const { group } = source;
    if (group === null) return lane;
    lane.circuit = circuits.get(group) ?? groupCircuit(group, () => lanesOf(group), ports);
    circuits.set(group, lane.circuit);
    return lane;
  };

  /** What would be left behind is seen by consumers only when the next owner has opened the shard. */
  const drain = async () => {
    const untilMs = ports.clock.monotonicMs() + patienceMs;
    while (shard.journal.depth() > 0 && shard.mayCommit()) {
      const leftMs = untilMs - ports.clock.monotonicMs();
      if (leftMs <= 0) return;
      await shard.journal.progress.wait(leftMs, shard.lost);
    }
  };

  return {
    shard,
    lanes,
    refresh(sources, replays) {
      for (const source of sources) {
        const lane = lanes.get(source.id);
        if (lane === undefined) {
          setReplays(addLane(source), replays);
          continue;
        }
        setReplays(lane, replays);
        if (source.settingsVersion !== lane.source.settingsVersion) lane.circuit?.changed(lane);
        if (lane.isBusy) {
          lane.isOutdated = true;
          continue;
        }
        refreshLane(lane, source, ports.clock);
        lane.isAwaited = false;
      }
      if (lanes.size > 0 && replays.some(({ kind }) => kind === "journal")) journalReplays.notice();
      if (lanes.size === 0 || publishing !== null) return;
      publishing = publishShard({ ...shard, signal: publisherEnd.signal }, publication, ports).catch(onFatal);
    },
    forget(lane) {
      lanes.delete(lane.source.id);
    },
    track(turn) {
      const tracked = turn.catch(onFatal).finally(() => turns.delete(tracked));
      turns.add(tracked);
    },
    async rest() {
      await Promise.all([...turns, journalReplays.rest()]);
      if (publishing !== null) await Promise.race([drain(), publishing]);
      publisherEnd.abort(new Error(`shard ${shard.shard} is given up`));
      await publishing;
    },
  };
}
