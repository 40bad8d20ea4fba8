import { cursorMark } from "../core/cursor-mark.ts";
import type { JsonValue } from "../core/json.ts";
import type { Checkpoint, LiveCursor } from "../ports/store.ts";
import { ago } from "./ago.ts";
import { counted } from "./counted.ts";
import { shortened } from "./shortened.ts";
import { since } from "./since.ts";
import { table } from "./table.ts";
import { wrap } from "./wrap.ts";

/** Where a source has been sent. */
export interface MovedSource {
  source: string;
  before: { mark: string; cursor: JsonValue | null };
  after: { mark: string; cursor: JsonValue | null };
  /** To go back to where it was. */
  checkpoint: string;
  /** What publishes again what is read without a change; null: nothing. */
  replay: string | null;
  state: "running" | "paused" | "halted";
}

/** What of a source's checkpoints a list shows. */
interface ListedCheckpoints {
  source: string;
  before?: string | undefined;
  /** There are more that were left earlier. */
  hasOlder: boolean;
}

/** Checkpoints as text of at most 80 columns, newest first, and how to see those before them. */
export function checkpointListText(
  checkpoints: readonly Checkpoint[],
  { source, before, hasOlder }: ListedCheckpoints,
  nowMs: number,
): string {
  const [newest, oldest] = [checkpoints[0], checkpoints.at(-1)];
  if (newest === undefined || oldest === undefined)
    return before === undefined
      ? `${source} has no checkpoint yet: its first poll leaves one`
      : `${source} has no checkpoint before ${before}: tidemark cursor list ${source}`;
  const list = table(
    ["CHECKPOINT", "AGE", "REASON", "BY", "ACCOUNTS", "POSITION", "CURSOR"],
    checkpoints.map((one) => [
      one.id,
      ago(nowMs - Date.parse(one.at)),
      one.reason,
      one.actor ?? "",
      String(one.population),
      position(one),
      cursorMark(one.cursor),
    ]),
  );
  return [
    list,
    `To look at one: tidemark cursor show ${source} --checkpoint ${newest.id}`,
    `To go back:     tidemark cursor rewind ${source} --to ${newest.id}`,
    ...(hasOlder ? [`Older ones: tidemark cursor list ${source} --before ${oldest.id}`] : []),
  ].join("\n");
}

/** Where a source stands, as text. */
export function liveCursorText(live: LiveCursor, nowMs: number): string {
  const { source, cursor, cursorVersion, movedAt, revision, population } = live;
  const when =
    movedAt === null
      ? "the next poll reads everything"
      : `version ${cursorVersion}, written ${since(movedAt, nowMs)}`;
  return [
    wrap(`cursor of ${source}: ${cursorMark(cursor)}, ${when}`),
    wrap(`at ${position(live)}, with ${counted(population, "account")}, revision ${revision}`, "  "),
    "",
    JSON.stringify(cursor, null, 2),
    "",
    `To go back: tidemark cursor list ${source}`,
  ].join("\n");
}

/** Where a source stood, as text. */
export function checkpointText(checkpoint: Checkpoint, nowMs: number): string {
  const { id, source, cursor, cursorVersion, at, reason, actor, population } = checkpoint;
  const by = actor === null ? `after a ${reason}` : `before ${reason} by ${actor}`;
  return [
    wrap(`checkpoint ${id} of ${source}: ${cursorMark(cursor)}, version ${cursorVersion}`),
    wrap(`left ${since(at, nowMs)}, ${by}`, "  "),
    wrap(`at ${position(checkpoint)}, with ${counted(population, "account")}`, "  "),
    "",
    JSON.stringify(cursor, null, 2),
    "",
    `To go back there: tidemark cursor rewind ${source} --to ${id}`,
  ].join("\n");
}

/** What became of a move, with what can be typed next. */
export function movedText({ source, before, after, checkpoint, replay, state }: MovedSource): string {
  return [
    `${source} goes on at another cursor${state === "running" ? ", at once" : ""}`,
    `  before  ${cursorText(before)}`,
    `  after   ${cursorText(after)}`,
    ...(state === "running" ? [] : [`It is ${state}; to let it go on:     tidemark source resume ${source}`]),
    ...(replay === null ? [] : [`To watch what is published again:  tidemark replay show ${replay}`]),
    `undo: tidemark cursor rewind ${source} --to ${checkpoint}`,
  ].join("\n");
}

/** A cursor with its mark. */
export function cursorText({ mark, cursor }: MovedSource["before"]): string {
  return `${mark}  ${cursor === null ? "none: everything is read" : shortened(JSON.stringify(cursor), 60)}`;
}

function position({ shard, seq }: Pick<Checkpoint, "shard" | "seq">): string {
  return `${shard}:${seq}`;
}
