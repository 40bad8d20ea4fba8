import { backOffMs } from "../core/back-off.ts";
import { FatalError, RetryableError } from "../core/errors.ts";
import { publisherBackOff } from "../core/schedule.ts";
import type { OpenReplay } from "../ports/store.ts";
import type { OwnedShard } from "./owned-shard.ts";
import type { Publication } from "./publish-shard.ts";
import { whyNotCompacted, whyNotInto } from "./replay-target.ts";
import { hasRoomForReplay } from "./room-for-replay.ts";
import type { WorkerPorts } from "./worker-ports.ts";

/** What is put at the end of the journal at once: half of what one of the publisher's transactions takes, so that live events fit in beside it. */
const sliceEvents = 500;
const sliceBytes = 1024 * 1024;
/** How many numbers are looked at for them at most, where few of them are wanted. */
const mostNumbers = 5_000;
/** How soon it looks whether there is something else to replay. */
const restMs = 1_000;

/** The journal replays of one owned shard. */
export interface JournalReplays {
  /** The database has open ones, which may be others than before. */
  notice(): void;
  /** Resolves when nothing is being replayed, which is soon after the shard's signal. */
  rest(): Promise<void>;
}

/**
 * Replays events of a shard's journal beside its live feed, oldest replay first, each at its pace. It writes only while the publisher keeps up: a live
 * event waits behind two slices at most, the one that is written and the one that is published. A slice and the progress it makes are one statement, so whoever goes on after a crash goes on where it was.
 *
 * @param onFatal Called when it ends with an error that concerns the whole process.
 */
export function replayJournal(
  shard: OwnedShard,
  publication: Publication,
  ports: WorkerPorts,
  onFatal: (error: unknown) => void,
): JournalReplays {
  const { store, clock, random, log } = ports;
  /** When each replay's pace lets it go on; monotonic milliseconds. */
  const dueAtMs = new Map<string, number>();
  /** How many numbers are looked at, by replay: all of them are read before the first ones are taken, so only as many as it needs. */
  const numbers = new Map<string, number>();
  const checked = new Set<string>();
  let open: OpenReplay[] = [];
  let isOutdated = false;
  let failures = 0;
  let working: Promise<void> | null = null;

  const fail = async ({ id }: OpenReplay, detail: string) => {
    log.error("replay.failed", { shard: shard.shard, replay: id, reason: detail });
    isOutdated = true;
    const isOurs = await store.failReplay({ shard: shard.shard, term: shard.term, replay: id, detail });
    if (!isOurs) shard.lose();
  };

  /** @returns false when its topic cannot take it. */
  const checkTarget = async (part: OpenReplay): Promise<boolean> => {
    const { topic } = part;
    if (topic === null || checked.has(topic)) return true;
    const why = (await whyNotInto(topic, await sourceOf(part), ports)) ?? (await whyNotPublished(topic));
    if (why !== null) await fail(part, why);
    else checked.add(topic);
    return why === null;
  };

  const sourceOf = async ({ sourceId }: OpenReplay) =>
    sourceId === null ? null : ((await store.loadSource(sourceId))?.name ?? null);

  /** From here on the shard's publisher knows the topic, too. */
  const whyNotPublished = async (topic: string): Promise<string | null> => {
    try {
      await publication.topics.check([{ name: topic, compacted: false }]);
      return null;
    } catch (error) {
      if (!(error instanceof FatalError)) throw error;
      return `${error.message} ${error.whatToDo}`;
    }
  };

  const takeSlice = async (part: OpenReplay) => {
    if (!(await checkTarget(part))) return;
    const { id, pace, nextSeq } = part;
    const startedAtMs = clock.monotonicMs();
    const limit = numbers.get(id) ?? sliceEvents;
    const outcome = await store.replaySlice({
      shard: shard.shard,
      term: shard.term,
      replay: id,
      nextSeq: nextSeq ?? "1",
      limit,
      // What is paced comes evenly.
      maxEvents: pace === null ? sliceEvents : Math.min(sliceEvents, Math.ceil(pace / 4)),
      maxBytes: sliceBytes,
      nonce: random.nonce(),
    });
    failures = 0;
    if (outcome.kind === "term-lost") return shard.lose();
    if (outcome.kind === "compacted") return fail(part, whyNotCompacted(outcome.topic, await sourceOf(part)));
    if (outcome.kind === "gone") return fail(part, whyGone(part));
    if (outcome.kind === "stale") {
      isOutdated = true;
      return undefined;
    }
    const { events, lastSeq, hasEnded } = outcome;
    part.nextSeq = outcome.nextSeq;
    part.done += events;
    numbers.set(id, events * 2 < limit && pace === null ? Math.min(2 * limit, mostNumbers) : sliceEvents);
    if (pace !== null) dueAtMs.set(id, startedAtMs + (events * 1_000) / pace);
    if (events > 0) {
      shard.journal.written(BigInt(lastSeq));
      shard.journaled.notify();
    }
    if (hasEnded) {
      isOutdated = true;
      log.info("replay.done", { shard: shard.shard, replay: id, events: part.done });
    }
    return undefined;
  };

  const work = async () => {
    while (!shard.signal.aborted) {
      if (isOutdated) {
        isOutdated = false;
        open = (await store.openReplays([shard.shard])).filter(({ kind }) => kind === "journal");
        continue;
      }
      const nowMs = clock.monotonicMs();
      const waitMs = Math.min(...open.map(({ id }) => (dueAtMs.get(id) ?? 0) - nowMs));
      const part = open.find(({ id }) => (dueAtMs.get(id) ?? 0) - nowMs <= 0);
      if (open.length === 0) return;
      if (part === undefined) await clock.sleep(Math.min(waitMs, restMs), shard.signal);
      else if (hasRoomForReplay(shard)) await takeSlice(part);
      else await shard.journal.progress.wait(restMs, shard.signal);
    }
  };

  const keepWorking = async () => {
    while (isOutdated && !shard.signal.aborted) {
      try {
        await work();
      } catch (error) {
        if (!(error instanceof RetryableError)) throw error;
        failures += 1;
        isOutdated = true;
        const retryInMs = backOffMs(failures, publisherBackOff, random.fraction());
        log.warn("replay.waits", { shard: shard.shard, code: error.code, retryInMs, cause: error });
        // A slice whose answer was lost may have been written.
        shard.journaled.notify();
        await clock.sleep(retryInMs, shard.signal);
      }
    }
    working = null;
  };

  return {
    notice() {
      isOutdated = true;
      working ??= keepWorking().catch(onFatal);
    },
    rest: async () => {
      await working;
    },
  };
}

function whyGone({ shard, nextSeq }: OpenReplay): string {
  return `event ${shard}:${nextSeq} has left the journal before it was replayed. To see what is left: tidemark replay start --from ${shard}:1 --dry-run`;
}
