import type { MoveArguments } from "../app/move-cursor.ts";
import { cursorMark } from "../core/cursor-mark.ts";
import { ConfigError } from "../core/errors.ts";
import type { JsonValue } from "../core/json.ts";
import type { ActAnswer, Checkpoint, IntentVerb, Store } from "../ports/store.ts";
import { wireConnector } from "../wire.ts";
import { actor, askOwner } from "./ask-owner.ts";
import { checkpointOf, liveCursorOf } from "./cursor.ts";
import { type MovedSource, movedText } from "./cursor-text.ts";
import { instantOption } from "./instant-option.ts";
import { type ConfigOption, type OutputOption, isJson } from "./options.ts";
import { type PaceOption, paceOf } from "./pace-option.ts";
import { type Destination, planMove } from "./plan-move.ts";
import { plannedMoveText } from "./planned-move-text.ts";
import { refuse, refuseFor } from "./refuse.ts";
import { since } from "./since.ts";
import { withStore } from "./with-store.ts";

type MoveOptions = ConfigOption & OutputOption & { ifAt?: string; dryRun?: boolean };
type BackOptions = MoveOptions & PaceOption & { republish?: boolean };

/** `tidemark cursor set <source> --to <json>`: has the owner go on at any cursor that its connector can read. */
export async function setCursor(source: string, options: MoveOptions & { to: string }): Promise<number> {
  const cursor = cursorOption(source, options.to);
  return withStore(options, (store) => move(store, "set", source, { cursor }, { cursor }, options));
}

/** `tidemark cursor rewind <source> --to <checkpoint | time>`: has the owner go back to where the source stood. */
export function rewindCursor(source: string, options: BackOptions & { to: string }): Promise<number> {
  return withStore(options, async (store) => {
    const checkpoint = await wanted(store, source, options.to);
    if (checkpoint === null) return 1;
    return move(store, "rewind", source, { checkpoint: checkpoint.id }, checkpoint, options);
  });
}

/** `tidemark cursor reset <source>`: has the owner read everything again. */
export function resetCursor(source: string, options: BackOptions): Promise<number> {
  return withStore(options, (store) => move(store, "reset", source, {}, { cursor: null }, options));
}

async function move(
  store: Store,
  verb: Extract<IntentVerb, "set" | "rewind" | "reset">,
  source: string,
  place: Pick<MoveArguments, "cursor" | "checkpoint">,
  to: Destination,
  { ifAt, republish = false, dryRun = false, ...options }: BackOptions,
): Promise<number> {
  const pace = paceOf(options);
  if (pace !== null && !republish)
    throw new ConfigError("TIDEMARK_USAGE", [
      `--pace is of what is published again, so it needs --republish; how fast a source is polled is its setting "every"`,
    ]);
  const live = await liveCursorOf(store, source);
  const seen = ifAt ?? cursorMark(live.cursor);
  if (dryRun) {
    const plan = await planMove(store, live, { seen, to, republish, pace }, wireConnector);
    if (typeof plan === "string") return refuseFor(source, `refused: ${plan}`);
    console.log(isJson(options) ? JSON.stringify(plan) : plannedMoveText(plan, Date.now()));
    return 0;
  }
  const given: MoveArguments = { ...place, seen, republish, ...(pace === null ? {} : { pace }) };
  const done = await askOwner(store, { source, verb, actor: actor(), arguments: given });
  if (done === null) return 1;
  if (done.outcome !== "done") return refuseFor(source, done.outcome);
  const state = (await store.overview()).sources.find(({ name }) => name === source)?.state ?? "running";
  const { checkpoint, replay } = done.answer as ActAnswer;
  // Nothing has moved since it was seen, or the owner would have refused.
  const before = { mark: seen, cursor: live.cursor };
  const after = { mark: cursorMark(to.cursor), cursor: to.cursor };
  const moved: MovedSource = {
    source,
    before,
    after,
    checkpoint,
    replay,
    state,
  };
  console.log(isJson(options) ? JSON.stringify(moved) : movedText(moved));
  return 0;
}

/** The checkpoint that is meant; null when there is none so early, which a person was told. @throws ConfigError when it cannot be one */
async function wanted(store: Store, source: string, to: string): Promise<Checkpoint | null> {
  await liveCursorOf(store, source);
  if (/^\d+$/.test(to)) return checkpointOf(store, source, to);
  const nowMs = Date.now();
  const checkpoint = await store.checkpointAt(source, instantOption("--to", to, nowMs));
  if (checkpoint !== null) return checkpoint;
  const first = await store.firstCheckpoint(source);
  refuse(
    first === null
      ? `${source} has no checkpoint yet: its first poll leaves one. (tidemark source show ${source})`
      : `${source} has no checkpoint so early: the first is ${first.id}, ${since(first.at, nowMs)}\n  To go back there: tidemark cursor rewind ${source} --to ${first.id}`,
  );
  return null;
}

/** @throws ConfigError unless it is JSON, and not null */
function cursorOption(source: string, text: string): JsonValue {
  const cursor = parsed(text);
  if (cursor === undefined)
    throw new ConfigError("TIDEMARK_USAGE", [
      `--to must be JSON, as tidemark cursor show ${source} prints it; not ${text}`,
    ]);
  if (cursor === null)
    throw new ConfigError("TIDEMARK_USAGE", [
      `null is no cursor; to have everything read again: tidemark cursor reset ${source}`,
    ]);
  return cursor;
}

function parsed(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}
