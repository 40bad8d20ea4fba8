import { cursorMark } from "../core/cursor-mark.ts";
import type { JsonValue } from "../core/json.ts";
import type { Checkpoint, LiveCursor } from "../ports/store.ts";
import { ago } from "./ago.ts";
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

/** A page of checkpoints as text of at most 80 columns. @param page Newest first. @param first The earliest one of the source. */
export function checkpointListText(
  source: string,
  page: readonly Checkpoint[],
  first: Checkpoint | null,
  nowMs: number,
): string {
  if (first === null) return `${source} has no checkpoint yet: its first poll leaves one`;
  const [newest, oldest] = [page[0], page.at(-1)];
  if (newest === undefined || oldest === undefined)
    return `${source} has no checkpoint before ${first.id}: tidemark cursor list ${source}`;
  const list = table(
    ["CHECKPOINT", "AGE", "REASON", "BY", "ACCOUNTS", "POSITION", "CURSOR"],
    page.map((one) => [
      one.id,
      ago(nowMs - Date.parse(one.at)),
      one.reason,
      one.actor ?? "",
      String(one.population),
      position(one),
      cursorMark(one.cursor),
    ]),
  );
  const hasOlder = oldest.id !== first.id;
  return [
    list,
    ...(hasOlder ? [`The first is checkpoint ${first.id}, ${since(first.at, nowMs)}.`] : []),
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
    wrap(`at ${position(live)}, with ${population} accounts, revision ${revision}`, "  "),
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
    wrap(`at ${position(checkpoint)}, with ${population} accounts`, "  "),
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

/** Why a move was refused, with the command that is named last on a line of its own, to be copied. */
export function refusalText(source: string, outcome: string): string {
  const at = outcome.lastIndexOf(": tidemark ");
  if (at < 0) return wrap(`tidemark: ${source}: ${outcome}`);
  return `${wrap(`tidemark: ${source}: ${outcome.slice(0, at + 1)}`)}\n  ${outcome.slice(at + 2)}`;
}

/** A cursor with its mark. */
export function cursorText({ mark, cursor }: MovedSource["before"]): string {
  return `${mark}  ${cursor === null ? "none: everything is read" : shortened(JSON.stringify(cursor), 60)}`;
}

function position({ shard, seq }: Pick<Checkpoint, "shard" | "seq">): string {
  return `${shard}:${seq}`;
}
