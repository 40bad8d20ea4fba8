import { RetryableError } from "../core/errors.ts";
import type { Intent, IntentVerb } from "../ports/store.ts";
import { type CarriedOut, done, refused } from "./carried-out.ts";
import { checkUpstream } from "./check-upstream.ts";
import { type Lane, beginAnew } from "./lane.ts";
import { moveCursor } from "./move-cursor.ts";
import { previewSource } from "./preview-source.ts";
import type { RunningShard } from "./run-shard.ts";
import type { WorkerPorts } from "./worker-ports.ts";

/** How a verb is carried out. */
interface Verb {
  /**
   * `between-turns`: it changes something that a pass relies on, so it waits for the turn under way, and no other begins before it. `as-turn`: so does
   * what asks the upstream, which takes a while, but nobody else waits for it. `beside-turns`: it asks the upstream, too, but relies on nothing that a
   * pass changes. `at-once`: neither.
   */
  when: "between-turns" | "as-turn" | "beside-turns" | "at-once";
  /** What only the owner can tell or refuse; left out, the store does it all. null: it stays asked for, the shard's next owner will tell. */
  carryOut?(intent: Intent, lane: Lane, ports: WorkerPorts): Promise<CarriedOut | null>;
  /** What the lane makes of it, unless it was refused. Called also when the answer was lost: it may have been carried out. */
  followUp?(lane: Lane, nowMs: number): void;
}

const moves: Verb = {
  when: "between-turns",
  carryOut: moveCursor,
  // They began at a cursor that is not the source's any more.
  followUp: beginAnew,
};

const verbs: Record<IntentVerb, Verb> = {
  pause: { when: "between-turns" },
  resume: { when: "between-turns", followUp: (lane) => lane.circuit?.changed(lane) },
  poll: {
    when: "between-turns",
    carryOut: onlyIfItCan,
    followUp: (lane) => (lane.isPolledAgain = lane.polling !== null),
  },
  sweep: { when: "between-turns", carryOut: onlyIfItCan },
  approve: { when: "at-once", followUp: (lane, nowMs) => (lane.holdDueAtMs = nowMs) },
  reject: { when: "at-once" },
  redrive: { when: "at-once", followUp: (lane, nowMs) => (lane.redriveDueAtMs = nowMs) },
  discard: { when: "at-once" },
  set: moves,
  rewind: moves,
  reset: moves,
  check: {
    when: "beside-turns",
    carryOut: (_intent, lane, ports) => checkUpstream(lane, ports),
  },
  preview: { when: "as-turn", carryOut: (_intent, lane, ports) => previewSource(lane, ports) },
};

/**
 * Carries out what operators asked for, in the source's lane: an intent whose lane is busy waits for the turn under way, which gives way to it, and no
 * other begins before a later look has carried it out. What is said about holds and quarantine changes nothing that a pass relies on, and does not wait at all.
 * @returns false when something is still waiting.
 */
export async function carryOutIntents(
  shards: ReadonlyMap<number, RunningShard>,
  ports: WorkerPorts,
): Promise<boolean> {
  const { store } = ports;
  const pending = await store.pendingIntents([...shards.keys()]);
  // What a busy lane is awaited for may have been withdrawn. An idle one waits to be told what has come of it.
  const asked = new Set(pending.map(({ sourceId }) => sourceId));
  for (const { lanes } of shards.values())
    for (const [id, lane] of lanes) if (lane.isBusy && !asked.has(id)) lane.isAwaited = false;
  let isDone = true;
  for (const intent of pending) {
    const running = [...shards.values()].find(({ lanes }) => lanes.has(intent.sourceId));
    const lane = running?.lanes.get(intent.sourceId);
    const verb = verbs[intent.verb];
    if (running === undefined || lane === undefined) {
      isDone = false;
      continue;
    }
    const { when } = verb;
    const mustWait = lane.isBusy && (when === "between-turns" || when === "as-turn");
    // Nor does a turn begin before the lane has read what has come of it.
    if (mustWait || when === "between-turns") lane.isAwaited = true;
    if (!mustWait && (when === "between-turns" || when === "at-once")) {
      isDone = (await carryOut(intent, verb, lane, ports)) && isDone;
      continue;
    }
    isDone = false;
    if (mustWait || lane.beside.has(intent.id)) continue;
    const begin = when === "as-turn" ? asTurn : beside;
    running.track(begin(intent.id, lane, () => carryOut(intent, verb, lane, ports), ports));
  }
  return isDone;
}

/** @returns false when it stays asked for. */
async function carryOut(intent: Intent, verb: Verb, lane: Lane, ports: WorkerPorts): Promise<boolean> {
  const { store, log, clock } = ports;
  const { shard, term } = lane.shard;
  const carriedOut = verb.carryOut === undefined ? done : await verb.carryOut(intent, lane, ports);
  if (carriedOut === null) return false;
  let isCarriedOut = false;
  try {
    isCarriedOut = await store.finishIntent({ intent: intent.id, shard, term, ...carriedOut });
  } finally {
    if (carriedOut.outcome === "done") verb.followUp?.(lane, clock.monotonicMs());
  }
  if (isCarriedOut)
    log.info("intent.done", { source: intent.source, verb: intent.verb, actor: intent.actor });
  return isCarriedOut;
}

/** A source that is stopped would do it without a word when a person lets it go on, long after it was asked for. */
async function onlyIfItCan({ verb }: Intent, lane: Lane, { store }: WorkerPorts): Promise<CarriedOut> {
  const { name, state, everyMs } = (await store.loadSource(lane.source.id)) ?? lane.source;
  if (verb === "poll" && everyMs === null)
    return refused(`it is never polled, every pass is a sweep: tidemark source sweep ${name}`);
  if (state === "paused") return refused(`it is paused; to let it go on: tidemark source resume ${name}`);
  if (state === "halted") return refused(`it is halted; to see what to do: tidemark source show ${name}`);
  return done;
}

async function asTurn(
  _intent: string,
  lane: Lane,
  act: () => Promise<unknown>,
  ports: WorkerPorts,
): Promise<void> {
  lane.isBusy = true;
  try {
    await orStaysAsked(lane, act, ports);
  } finally {
    lane.isBusy = false;
  }
}

async function beside(
  intent: string,
  lane: Lane,
  act: () => Promise<unknown>,
  ports: WorkerPorts,
): Promise<void> {
  lane.beside.add(intent);
  try {
    await orStaysAsked(lane, act, ports);
  } finally {
    lane.beside.delete(intent);
  }
}

/** What could not be recorded stays asked for: the next look begins it again. */
async function orStaysAsked(lane: Lane, act: () => Promise<unknown>, { log }: WorkerPorts): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof RetryableError)) throw error;
    log.warn("intent.failed", { source: lane.source.name, code: error.code, cause: error });
  }
}
