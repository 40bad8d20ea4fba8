import type { ReplayRefusal } from "../ports/store.ts";
import { currentStateInstead } from "../app/current-state-instead.ts";
import { since as sinceText } from "./since.ts";

/** What a replay of the journal is asked for with, as it was typed. */
export interface TypedReplay {
  from?: string;
  since?: string;
  until?: string;
  source?: string;
  account?: string;
  op?: string;
  toTopic?: string;
  pace?: string;
  dryRun?: boolean;
}

/** Why a replay cannot begin where the journal does not reach, and the same command from where it does. */
export function goneText(
  { shard, earliest }: Extract<ReplayRefusal, { kind: "gone" }>,
  typed: TypedReplay,
  nowMs: number,
): string {
  if (earliest === null)
    return `the journal of shard ${shard} holds no event any more: all have left by retention\n  ${currentStateInstead(typed.source ?? null)}`;
  const { seq, at } = earliest;
  const begin = typed.since === undefined ? `--from ${shard}:${seq}` : `--since ${at}`;
  return `the journal of shard ${shard} reaches back to event ${shard}:${seq}, ${sinceText(at, nowMs)}: earlier ones have left by retention.\n  Begin there: tidemark replay start ${[begin, ...selection(typed)].join(" ")}`;
}

/** Without them it would be another replay: of everything, into live topics. */
function selection({ until, source, account, op, toTopic, pace, dryRun }: TypedReplay): string[] {
  const given = {
    "--until": until,
    "--source": source,
    "--account": account,
    "--op": op,
    "--to-topic": toTopic,
    "--pace": pace,
  };
  const words = Object.entries(given).flatMap(([option, value]) =>
    value === undefined ? [] : [`${option} ${inShell(value)}`],
  );
  return dryRun === true ? [...words, "--dry-run"] : words;
}

function inShell(word: string): string {
  return /^[\w.,:+@/-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
