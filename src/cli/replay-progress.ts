import { setTimeout as delay } from "node:timers/promises";
import { RetryableError } from "../core/errors.ts";
import type { Replay, Store } from "../ports/store.ts";
import { type OutputOption, isJson } from "./options.ts";
import { refuse } from "./refuse.ts";
import { endedText, progressText, replayWords } from "./replay-text.ts";
import { standstill } from "./standstill.ts";
import { stopSignal } from "./stop-signal.ts";

const lookEveryMs = 500;
/** What could keep it from going on is looked for once in so many looks. */
const standstillLooks = 10;
/** Where lines stay, as in a log, they come less often. */
const lineEveryMs = 5_000;
/** The speed is that of so much of the past. */
const speedOverMs = 10_000;

/** As shells tell of a command that Ctrl-C has ended. */
const interruptedCode = 130;

const clearLine = "\r\u001B[K";

/**
 * Shows how far a replay is until what it brings is published, or, without `wait`, how to look. Ctrl-C leaves the replay at work.
 * @returns the exit code: 1 when it does not come to its end, 130 when somebody does not wait for that.
 */
export async function showReplay(
  store: Store,
  id: string,
  options: OutputOption & { wait: boolean },
): Promise<number> {
  const asJson = isJson(options);
  const signal = options.wait ? stopSignal() : null;
  const begun = await found(store, id);
  const { what } = replayWords[begun.kind];
  const look = `Look how far it is: tidemark replay show ${id}`;
  if (signal === null) {
    console.log(asJson ? JSON.stringify(begun) : `replay ${id} (${what}) is asked for\n  ${look}`);
    const why = standstill(begun, await store.overview());
    if (why !== null) refuse(why);
    return 0;
  }
  const bar = progressLine(!asJson && process.stdout.isTTY, asJson);
  const last = await watch(store, begun, signal, bar.show);
  bar.end();
  if ("why" in last) return refuse(last.why);
  const { replay, isOver } = last;
  if (asJson) console.log(JSON.stringify(replay));
  if (!isOver) {
    refuse(`replay ${id} goes on without you.\n  ${look}\n  To end it: tidemark replay cancel ${id}`);
    return interruptedCode;
  }
  if (replay.state === "done") {
    if (!asJson) console.log(`replay ${id} is done: ${endedText(replay)}`);
    return 0;
  }
  const next = replay.state === "paused" ? `Let it go on: tidemark replay resume ${id}` : look;
  const detail = replay.detail === null ? "" : `: ${replay.detail}`;
  return refuse(`replay ${id} is ${replay.state}${detail}\n  ${next}`);
}

/** @returns the replay as it was seen last, which is over when it ended or was paused, and not when a person does not want to wait any more; or why it stands still. */
async function watch(
  store: Store,
  begun: Replay,
  signal: AbortSignal,
  show: (text: string) => void,
): Promise<{ replay: Replay; isOver: boolean } | { why: string }> {
  const speed = speedometer();
  let replay = begun;
  let written: ReadonlyMap<number, bigint> | null = null;
  for (let looked = 0; !signal.aborted; looked += 1) {
    try {
      replay = await found(store, begun.id);
      if (replay.state === "done") {
        written ??= await lastNumbers(store, replay);
        if (await arePublished(store, written)) return { replay, isOver: true };
      } else if (replay.state !== "running") return { replay, isOver: true };
      const why = looked % standstillLooks === 0 ? standstill(replay, await store.overview()) : null;
      if (why !== null) return { why };
      show(progressText(replay, speed(replay.done, performance.now())));
    } catch (error) {
      // The replay does not depend on who watches it.
      if (!(error instanceof RetryableError)) throw error;
    }
    await delay(lookEveryMs, undefined, { signal }).catch(() => undefined);
  }
  return { replay, isOver: false };
}

/** How far the journals are that it has written to: what it has brought is before these numbers. */
async function lastNumbers(store: Store, { parts }: Replay): Promise<ReadonlyMap<number, bigint>> {
  const numbers = new Map<number, bigint>();
  for (const { shard } of parts) numbers.set(shard, BigInt((await store.shardAnchor(shard)).lastSeq));
  return numbers;
}

async function arePublished(store: Store, numbers: ReadonlyMap<number, bigint>): Promise<boolean> {
  for (const [shard, seq] of numbers)
    if (BigInt((await store.shardAnchor(shard)).publishedSeq) < seq) return false;
  return true;
}

async function found(store: Store, id: string): Promise<Replay> {
  const replay = await store.replay(id);
  if (replay === null) throw new Error(`replay ${id} is gone`);
  return replay;
}

/** @returns what is done per second, as of lately; null before that can be told. */
function speedometer(): (done: number, atMs: number) => number | null {
  const samples: { done: number; atMs: number }[] = [];
  return (done, atMs) => {
    samples.push({ done, atMs });
    while (samples.length > 2 && atMs - (samples[1]?.atMs ?? atMs) >= speedOverMs) samples.shift();
    const first = samples[0] ?? { done, atMs };
    const seconds = (atMs - first.atMs) / 1_000;
    return seconds < 1 ? null : (done - first.done) / seconds;
  };
}

/** On a terminal one line that is written anew, elsewhere a line now and then. */
function progressLine(isTerminal: boolean, isSilent: boolean): { show(text: string): void; end(): void } {
  let shownAtMs = Number.NEGATIVE_INFINITY;
  return {
    show(text) {
      if (isTerminal) return void process.stdout.write(`${clearLine}${text}`);
      if (isSilent || performance.now() - shownAtMs < lineEveryMs) return undefined;
      shownAtMs = performance.now();
      console.log(text);
      return undefined;
    },
    end() {
      if (isTerminal) process.stdout.write(clearLine);
    },
  };
}
