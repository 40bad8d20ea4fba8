import { RetryableError } from "../core/errors.ts";
import { followSignal } from "../core/follow-signal.ts";
import { type LeaseTiming, leaseTiming } from "../core/lease.ts";
import type { Gauges } from "../ports/metrics.ts";
import type { Retention } from "../ports/store.ts";
import { carryOutIntents } from "./carry-out-intents.ts";
import type { Lane } from "./lane.ts";
import { type WorkerIdentity, ownShards } from "./own-shards.ts";
import type { Publication } from "./publish-shard.ts";
import { type RunningShard, runShard } from "./run-shard.ts";
import { scheduleLanes } from "./schedule-lanes.ts";
import { upkeep } from "./upkeep.ts";
import { createWake } from "./wake.ts";
import { endSilentPasses, watchEveryMs } from "./watchdog.ts";
import { workerGauges } from "./worker-gauges.ts";
import type { WorkerPorts } from "./worker-ports.ts";

/** How soon configuration and intents are looked at again when that failed, or found a lane busy. */
const lookEveryMs = 1_000;
const upkeepEveryMs = 60 * 60 * 1_000;
/** A worker that cannot reach Kafka takes shards all the same, after this long: their sources can be polled meanwhile. */
const warmUpMs = 2_000;

/** A worker at work. */
export interface Worker {
  /** Resolves when the worker has come to rest after `stop`; rejects with the FatalError that ended it. */
  readonly ended: Promise<void>;
  /** Drains: passes end after the commit under way, publishers after the transaction under way, then all shards are released. */
  stop(): void;
  gauges(): Gauges;
}

export interface RunWorkerOptions extends Retention {
  worker: WorkerIdentity;
  shardCount: number;
  publication: Publication;
  /** Tests shorten it. */
  timing?: LeaseTiming;
}

/** Owns shards, gives their sources turns, publishes their journals. */
export function runWorker(options: RunWorkerOptions, ports: WorkerPorts): Worker {
  const { clock } = ports;
  const stopping = new AbortController();
  const shards = new Map<number, RunningShard>();
  const changed = createWake(clock);
  const looked = createWake(clock);
  let fatal: unknown = null;

  const onFatal = (error: unknown) => {
    fatal ??= error;
    stopping.abort(error);
  };

  const start: Parameters<typeof ownShards>[0]["start"] = (owned) => {
    const running = runShard(owned, options.publication, ports, onFatal);
    shards.set(owned.shard, running);
    // Its sources are read at once; should that fail, the next look reads them.
    knownRevision = null;
    looked.notify();
    return async () => {
      await running.rest();
      if (shards.get(owned.shard) === running) shards.delete(owned.shard);
    };
  };

  let toldRevision: string | null = null;
  let knownRevision: string | null = null;

  const onConfigRevision = (revision: string) => {
    if (revision !== toldRevision) looked.notify();
    toldRevision = revision;
  };

  /** Reads configuration and intents again when they have changed. */
  const look = async () => {
    const revision = toldRevision;
    if (revision === knownRevision || shards.size === 0) return;
    const held = new Map(shards);
    const intentsAreDone = await carryOutIntents(held, ports);
    const sources = await ports.store.loadSources([...held.keys()]);
    const replays = await ports.store.openReplays([...held.keys()]);
    for (const [number, shard] of held) {
      shard.refresh(
        sources.filter((source) => source.shard === number),
        replays.filter((replay) => replay.shard === number),
      );
    }
    // A shard that came while this was read, or an intent whose lane is busy, is looked at again.
    const isSettled =
      intentsAreDone && [...shards.values()].every((shard) => held.get(shard.shard.shard) === shard);
    knownRevision = isSettled ? revision : null;
    changed.notify();
  };

  /** Its source is read anew, and gets another lane. */
  const onGivenUp = (lane: Lane, shard: RunningShard) => {
    shard.forget(lane);
    knownRevision = null;
    looked.notify();
  };

  /** Until everything has come to rest: a pass that does not end would keep a worker from stopping, too. */
  const watch = async (signal: AbortSignal) => {
    while (!signal.aborted) {
      for (const { lanes } of shards.values()) endSilentPasses(lanes.values(), ports);
      await clock.sleep(watchEveryMs, signal);
    }
  };

  const repeat = async (name: string, work: () => Promise<unknown>, pause: () => Promise<unknown>) => {
    while (!stopping.signal.aborted) {
      try {
        await work();
      } catch (error) {
        if (!(error instanceof RetryableError)) throw error;
        ports.log.warn(`${name}.failed`, { code: error.code, cause: error });
      }
      await pause();
    }
  };

  /**
   * Connects to Kafka and checks the cluster before it takes shards from others, who publish for them: for a new process that takes longer
   * than opening a shard, and events would wait for it. What is wrong with Kafka, the publishers tell.
   */
  const warmUp = async () => {
    const isOver = new AbortController();
    const unfollow = followSignal(isOver, stopping.signal);
    const patience = clock.sleep(warmUpMs, isOver.signal);
    await Promise.race([options.publication.topics.check([]).catch(() => undefined), patience]);
    unfollow();
    isOver.abort();
  };

  const own = async () => {
    const { worker, shardCount, timing = leaseTiming } = options;
    await warmUp();
    await ownShards({ worker, shardCount, timing, signal: stopping.signal, start, onConfigRevision }, ports);
  };

  const loops = [
    own(),
    scheduleLanes(() => shards.values(), changed, onGivenUp, ports, stopping.signal),
    repeat("look", look, () => looked.wait(lookEveryMs, stopping.signal)),
    repeat(
      "upkeep",
      () => upkeep(options, ports),
      () => clock.sleep(upkeepEveryMs, stopping.signal),
    ),
  ].map((loop) => loop.catch(onFatal));

  const atRest = new AbortController();
  const watching = watch(atRest.signal).catch(onFatal);
  return {
    ended: (async () => {
      await Promise.all(loops);
      atRest.abort();
      await watching;
      if (fatal !== null) throw fatal;
    })(),
    stop: () => stopping.abort(new Error("the worker is stopping")),
    gauges: () => workerGauges(shards.values(), options.shardCount, clock),
  };
}
