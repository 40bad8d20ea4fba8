import type { Replay, ReplayEstimate, ReplayKind } from "../ports/store.ts";
import { ago } from "./ago.ts";
import { counted } from "./counted.ts";
import { fitted } from "./fitted.ts";
import { since } from "./since.ts";
import { table } from "./table.ts";

/** What each kind brings, and what it counts. */
export const replayWords: Record<ReplayKind, { what: string; unit: "event" | "account" }> = {
  journal: { what: "events of the journal", unit: "event" },
  snapshot: { what: "snapshot", unit: "account" },
  republish: { what: "republishing", unit: "account" },
  backfill: { what: "backfill", unit: "account" },
};

/** What a replay has brought when it is done. */
export function endedText({ kind, done }: Pick<Replay, "kind" | "done">): string {
  const [one, more] = kind === "backfill" ? ["was", "were"] : ["is", "are"];
  const what = kind === "backfill" ? "read again" : "published";
  return `${counted(done, replayWords[kind].unit)} ${done === 1 ? one : more} ${what}`;
}

const barCells = 12;

/** How far a replay is, on one line of at most 80 columns. @param perSecond null: not known yet. */
export function progressText(
  { kind, done, expected }: Pick<Replay, "kind" | "done" | "expected">,
  perSecond: number | null,
): string {
  const { unit } = replayWords[kind];
  const speed = perSecond === null ? [] : [`${counted(Math.round(perSecond))}/s`];
  if (expected === null || expected === 0) return [counted(done, unit), ...speed].join("  ");
  const share = Math.min(1, done / expected);
  const filled = Math.floor(share * barCells);
  const bar = `[${"#".repeat(filled)}${"-".repeat(barCells - filled)}]`;
  const leftMs = perSecond === null || perSecond <= 0 ? null : ((expected - done) / perSecond) * 1_000;
  const left = leftMs === null || leftMs < 1_000 ? [] : [`${ago(leftMs)} left`];
  const of = `${counted(done)} of ${counted(expected, unit)}`;
  return [bar, `${Math.floor(share * 100)} %`, of, ...speed, ...left].join("  ");
}

/** What of all replays a list shows. */
interface ListedReplays {
  before?: string | undefined;
  source?: string | undefined;
  /** There are more that were asked for earlier. */
  hasOlder: boolean;
}

/** Replays as a table of at most 80 columns, newest first, and how to see those before them. */
export function replayListText(
  replays: readonly Replay[],
  { before, source, hasOlder }: ListedReplays,
  nowMs: number,
): string {
  const last = replays.at(-1);
  const ofSource = source === undefined ? "" : ` --source ${source}`;
  if (last === undefined)
    return before === undefined
      ? `nothing was replayed yet: tidemark replay start --since 2h${ofSource} --dry-run`
      : `nothing was replayed before ${before}: tidemark replay list${ofSource}`;
  const older = `Older ones: tidemark replay list${ofSource} --before ${last.id}`;
  const rows = table(
    ["ID", "KIND", "STATE", "DONE", "ASKED", "BY", "SOURCE"],
    replays.map((replay) => [
      replay.id,
      replay.kind,
      replay.state,
      doneText(replay),
      ago(nowMs - Date.parse(replay.askedAt)),
      replay.actor,
      replay.source ?? "all",
    ]),
  );
  return hasOlder ? `${rows}\n${older}` : rows;
}

function doneText({ state, done, expected }: Replay): string {
  if (state === "done" || expected === null || expected === 0) return counted(done);
  return `${Math.floor(Math.min(1, done / expected) * 100)} %`;
}

/** One replay: what was asked for, how far it is, and what can be done about it. */
export function replayText(replay: Replay, nowMs: number): string {
  const { id, kind, state, detail, source, accountId, ops, topic, pace, parts } = replay;
  const selected = [
    source === null ? "all sources" : `source ${source}`,
    ...(accountId === null ? [] : [`account ${accountId}`]),
    ...(ops === null ? [] : [ops.join(", ")]),
    ...(replay.since === null ? [] : [`changed since ${replay.since}`]),
    ...(replay.until === null ? [] : [`until ${replay.until}`]),
  ].join("; ");
  const ended = replay.endedAt === null ? [] : [`  ended     ${since(replay.endedAt, nowMs)}`];
  return [
    fitted(`replay ${id}: ${replayWords[kind].what}, ${state}${detail === null ? "" : `: ${detail}`}`),
    fitted(`  asked     ${since(replay.askedAt, nowMs)} by ${replay.actor}`),
    ...ended,
    fitted(`  selected  ${selected}`),
    fitted(`  to        ${topic === null ? "the topic of each event" : `topic ${topic}`}`),
    `  pace      ${paceText(pace, replayWords[kind].unit)}`,
    `  progress  ${progressText(replay, null)}`,
    ...parts.map((part) => `  shard ${String(part.shard).padEnd(4)}${partText(part)}`),
    ...nextCommands(replay).map((command) => `  ${command}`),
  ].join("\n");
}

function partText({ nextSeq, endSeq, endedAt }: Replay["parts"][number]): string {
  if (endedAt !== null) return "done";
  return nextSeq === null ? "at work" : `next is event ${nextSeq}, the last one ${endSeq}`;
}

function nextCommands({ id, state }: Replay): string[] {
  if (state === "running") return [`tidemark replay pause ${id}`, `tidemark replay cancel ${id}`];
  return state === "paused" ? [`tidemark replay resume ${id}`, `tidemark replay cancel ${id}`] : [];
}

/** What a replay would bring. @param unit What it counts. @param would As in `5 events would …`, from there on. */
export function planText(
  plan: ReplayEstimate & { pace: number | null },
  nowMs: number,
  unit: "event" | "account" = "event",
  would = "would be published again",
): string {
  const { events, firstAt, lastAt, shards, topics, pace } = plan;
  const count = events ?? 0;
  const range =
    firstAt === null || lastAt === null
      ? []
      : [`  from    ${since(firstAt, nowMs)}`, `  to      ${since(lastAt, nowMs)}`];
  const takes = pace === null ? "" : `: about ${ago((count * 1_000) / pace)}`;
  return [
    `${counted(count, unit)} ${would}`,
    ...range,
    ...(shards.length === 0 ? [] : [`  shards  ${shards.join(", ")}`]),
    ...topics.map((topic) => `  topic   ${topic}`),
    `  pace    ${paceText(pace, unit)}${takes}`,
    "Nothing was begun: leave out --dry-run.",
  ].join("\n");
}

function paceText(pace: number | null, unit: string): string {
  return pace === null ? "as fast as the live feed allows" : `${counted(pace, unit)} per second`;
}
