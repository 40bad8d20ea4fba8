import type { JsonValue } from "../core/json.ts";
import { dueMember, pauseAfter } from "../core/schedule.ts";
import type { FinishedPass, Source } from "../ports/store.ts";
import { commitPage } from "./commit-page.ts";
import { decideAhead } from "./decide-page.ts";
import { journalHighWater } from "./owned-shard.ts";
import { type Pass, type PassEnd, commitStep, emptyStep, oneAhead, soFar } from "./pass.ts";
import { republishing } from "./republishing.ts";
import { storedCursor } from "./stored-cursor.ts";

/** An unchanged stretch of a long pass is written at least this often, so that a restart does not read it all again. */
const cursorEveryMs = 1_000;

/** How old the last checkpoint of a source becomes where nothing changes. */
const checkpointEveryMs = 3_600_000;

/** Longer than a transaction takes; while Kafka is away every page waits this long, and the journal grows all the same. */
const handoverPatienceMs = 200;

/** How soon a pass that waits looks again whether it has to. */
const lookEveryMs = 100;

/**
 * One pass forward from the cursor. Pages commit as they come, each with the cursor that follows it; the last commit also
 * ends the pass. A pass in which nothing changed is one write of the source's row. A pass that is awaited gives way at its next page, and goes on there
 * when it has its next turn.
 */
export async function pollSource(pass: Pass): Promise<PassEnd> {
  const { connector, context, ports, lane } = pass;
  /** The place after pages that changed nothing, until the next commit takes it along. */
  let unwritten: JsonValue | undefined;
  let writtenAtMs = pass.startedAtMs;
  /** The place after the last page is known: nothing before it is read again. */
  let isPlaced = false;
  let paceAllowsAtMs = pass.startedAtMs;
  const msEach = 1_000 / (republishing(pass)?.pace ?? Number.POSITIVE_INFINITY);
  Object.assign(pass, lane.polling);
  lane.polling = null;

  try {
    const pages = connector.poll({ ...context, cursor: storedCursor(pass) });
    for await (const decide of oneAhead(decideAhead(pass, oneAhead(pages, pass.abort)), pass.abort)) {
      await roomInJournal(pass);
      await pace(pass, paceAllowsAtMs);
      // What was read ahead is thrown away. Without another page it has come to its end, and ends.
      if (lane.isAwaited && isPlaced) return await giveWay(pass, unwritten);
      const page = await decide();
      paceAllowsAtMs += msEach * (page.republished?.length ?? 0);
      isPlaced = page.cursor !== undefined;
      let outcome = await commitPage(pass, page);
      if (outcome === "nothing-to-commit") {
        unwritten = page.cursor;
        if (unwritten === undefined || ports.clock.monotonicMs() - writtenAtMs < cursorEveryMs) continue;
        outcome = await writePlace(pass, unwritten);
      }
      if (outcome.kind !== "committed") return outcome.kind;
      unwritten = undefined;
      writtenAtMs = ports.clock.monotonicMs();
    }
  } catch (error) {
    // A pass that fails keeps its place, too: a connector may have told where to start anew.
    if (unwritten !== undefined) await writePlace(pass, unwritten);
    throw error;
  }
  return finishPass(pass, "poll", unwritten);
}

function writePlace(pass: Pass, cursor: JsonValue) {
  return commitStep(pass, { ...emptyStep(pass), cursor });
}

/** Ends the turn, but not the pass: it stays due, and what it publishes again does not end. */
async function giveWay(pass: Pass, unwritten: JsonValue | undefined): Promise<PassEnd> {
  if (unwritten !== undefined) {
    const outcome = await writePlace(pass, unwritten);
    if (outcome.kind !== "committed") return outcome.kind;
  }
  pass.lane.polling = soFar(pass);
  return "yielded";
}

/** Waits as long as the pace of what is published again wants it, unless a person waits, or has ended that. */
async function pace(pass: Pass, untilMs: number): Promise<void> {
  const { lane, watched, ports } = pass;
  const leftMs = () => untilMs - ports.clock.monotonicMs();
  while (leftMs() > 0 && !lane.isAwaited && republishing(pass) !== null) {
    lane.shard.signal.throwIfAborted();
    await watched.during(ports.clock.sleep(Math.min(leftMs(), lookEveryMs), lane.shard.signal));
  }
}

/** The commit that ends a pass: schedule, counters, and the cursor where it is not written yet. */
export async function finishPass(
  pass: Pass,
  kind: FinishedPass["kind"],
  cursor?: JsonValue,
): Promise<PassEnd> {
  const { lane, ports } = pass;
  const tookMs = ports.clock.monotonicMs() - pass.startedAtMs;
  const again = republishing(pass);
  const isDue = kind === "poll" && lane.isPolledAgain;
  const nextInMs = isDue ? 0 : pauseAfter(intervalOf(lane.source, kind), tookMs, ports.random.fraction());
  const outcome = await commitStep(pass, {
    ...emptyStep(pass),
    ...(cursor === undefined ? {} : { cursor }),
    ...(leavesCheckpoint(pass) ? { leavesCheckpoint: true } : {}),
    ...(again === null ? {} : { replay: { id: again.id, position: null, done: 0, hasEnded: true } }),
    finished: { kind, nextInMs, tookMs: Math.round(tookMs), counts: pass.counts },
  });
  if (outcome.kind !== "committed") return outcome.kind;

  const dueAtMs = ports.clock.monotonicMs() + nextInMs;
  lane[dueMember[kind]] = dueAtMs;
  if (kind === "poll") lane.isPolledAgain = false;
  if (kind === "look-back") Object.assign(lane, { lookingBack: null, lookedBackAtMs: pass.startedAtMs });
  // What a look-up could not tell about approved deletes, it may be able to tell after another sweep.
  if (kind === "sweep" && lane.source.held > 0) lane.holdDueAtMs = ports.clock.monotonicMs();
  if (again !== null) {
    lane.replays = lane.replays.filter((replay) => replay !== again);
    ports.log.info("republish.done", { source: lane.source.name, replay: again.id });
  }
  lane.lastSuccessAtMs = ports.clock.now();
  lane.source = {
    ...lane.source,
    failures: 0,
    isLoaded: true,
    openSweep: kind === "sweep" ? null : lane.source.openSweep,
    pollAsked: kind === "poll" ? false : lane.source.pollAsked,
    sweepAsked: kind === "sweep" ? false : lane.source.sweepAsked,
  };
  return "done";
}

/** Polls that produced events leave one, others when the last one is old; so does every sweep, which alone proves what is gone. */
function leavesCheckpoint({ kind, lane, counts, ports }: Pass): boolean {
  if (kind !== "poll") return kind === "sweep";
  const { checkpointedAtMs } = lane;
  const isOld =
    checkpointedAtMs === null || ports.clock.monotonicMs() - checkpointedAtMs >= checkpointEveryMs;
  return isOld || counts.inserted + counts.updated + counts.deleted > 0;
}

/** From the start of a pass to the start of the next one of its kind. */
function intervalOf({ everyMs, sweepEveryMs, lookBack }: Source, kind: FinishedPass["kind"]): number {
  const ownMs = { poll: everyMs, sweep: sweepEveryMs, "look-back": lookBack?.everyMs ?? null };
  return ownMs[kind] ?? sweepEveryMs;
}

/**
 * Waits while the journal is too far ahead of Kafka; and a moment for a publisher that is at work, because what it does not take over in memory
 * it has to read back, which makes both of them slower.
 */
export async function roomInJournal(pass: Pass): Promise<void> {
  const { shard } = pass.lane;
  const { clock } = pass.ports;
  const patientUntilMs = clock.monotonicMs() + handoverPatienceMs;
  for (;;) {
    const isFar = shard.journal.depth() >= journalHighWater;
    if (!isFar && !(shard.handover.isFull() && clock.monotonicMs() < patientUntilMs)) return;
    // Kafka may be away for long. One page more does no harm, and no person waits for another.
    if (pass.lane.isAwaited) return;
    shard.signal.throwIfAborted();
    await pass.watched.during(clock.sleep(isFar ? lookEveryMs : 5, shard.signal));
  }
}
