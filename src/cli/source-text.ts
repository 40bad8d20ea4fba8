import { durationText } from "../core/duration.ts";
import type { Freshness } from "../core/freshness.ts";
import type { JsonObject, JsonValue } from "../core/json.ts";
import { type SourceWindows, openingHours } from "../core/opening-hours.ts";
import { whatToDoAbout } from "../core/what-to-do.ts";
import type { EndedPass, Intent, Overview, Replay, Source } from "../ports/store.ts";
import { ago } from "./ago.ts";
import { counted } from "./counted.ts";
import { stateOf } from "./intent-text.ts";
import { replayWords } from "./replay-text.ts";
import { table } from "./table.ts";
import { wrap } from "./wrap.ts";

type ListedSource = Overview["sources"][number] & { freshness: Freshness };

/** Everything that is shown of one source. */
export interface ShownSource
  extends
    ListedSource,
    Pick<
      Source,
      | "budget"
      | "lookBack"
      | "lookBackDueInMs"
      | "deleteLimit"
      | "insertLimit"
      | "rejectLimit"
      | "drift"
      | "pollAsked"
      | "sweepAsked"
    > {
  /** The worker that owns its shard. */
  owner: string | null;
  /** Without secrets. */
  settings: JsonObject;
  openSweep: { seen: number; observed: number } | null;
  /** Those that run or are paused, of all sources included. */
  replays: Replay[];
  passes: EndedPass[];
  intents: Omit<Intent, "answer">[];
}

/** Sources as text of at most 80 columns. */
export function sourceListText(sources: readonly ListedSource[]): string {
  if (sources.length === 0) return "there are no sources: run tidemark apply";
  return table(
    ["SOURCE", "CONNECTOR", "IS", "ACCOUNTS", "POLLED", "CHANGED"],
    sources.map((source) => [
      source.name,
      source.connector,
      source.freshness,
      String(source.population),
      ago(source.pollDueInMs === null ? source.lastSweepAgeMs : source.lastPollAgeMs),
      ago(source.lastChangeAgeMs),
    ]),
  );
}

/** One source as text of at most 80 columns. @param nowMs The wall clock. */
export function sourceText(source: ShownSource, nowMs: number): string {
  const { name, passes, intents } = source;
  const facts = factsOf(source, nowMs).map(([label, text]) => wrapped(label, text));
  return [
    `${name} is ${source.freshness}`,
    facts.join("\n"),
    ...(passes.length === 0
      ? []
      : [
          table(
            ["PASS", "ENDED", "TOOK", "OUTCOME", "CHANGES"],
            passes.map((pass) => passRow(pass, nowMs)),
          ),
        ]),
    ...(intents.length === 0
      ? []
      : [
          table(
            ["INTENT", "VERB", "ACTOR", "ASKED", "STATE"],
            intents.map((intent) => [
              intent.id,
              intent.verb,
              intent.actor,
              ago(nowMs - Date.parse(intent.askedAt)),
              stateOf(intent),
            ]),
          ),
        ]),
  ].join("\n\n");
}

const labelWidth = 12;

function wrapped(label: string, text: string): string {
  const indent = " ".repeat(labelWidth);
  return wrap(text, indent).replace(indent, label.padEnd(labelWidth));
}

/** Every line with its label; what is not there is left out. */
function factsOf(source: ShownSource, nowMs: number): [string, string][] {
  const { name, waiting, quarantined, openSweep, settings } = source;
  const facts: [string, string | null][] = [
    ["State", stateText(source)],
    ["To do", whatToDoAbout(source.haltedCode, name)],
    ["Error", source.failures > 0 && source.state !== "halted" ? source.lastError : null],
    ["Connector", source.connector],
    ["Group", source.group],
    ["Accounts", `${source.population}${source.isLoaded ? "" : ", the first load is under way"}`],
    ["Topic", source.topic],
    ["Shard", `${source.shard}, ${source.owner === null ? "without an owner" : `owned by ${source.owner}`}`],
    ["Polls", pollsText(source, nowMs)],
    ["Sweeps", sweepsText(source, nowMs)],
    ["Windows", source.windows === null ? null : windowsText(source.windows)],
    ["Cursor", `moved ${agoText(source.cursorAgeMs)}`],
    ["Changed", agoText(source.lastChangeAgeMs)],
    [
      "Waiting",
      waiting === 0 ? null : `${counted(waiting, "change", "wait")} for a person: tidemark hold list`,
    ],
    [
      "Quarantine",
      quarantined === 0 ? null : `${counted(quarantined, "item")}: tidemark quarantine list ${name}`,
    ],
    [
      "Sweep",
      openSweep === null
        ? null
        : `under way: ${openSweep.seen} of about ${counted(source.population, "account")} seen`,
    ],
    ...source.replays.map((replay): [string, string] => ["Replay", replayText(replay, nowMs)]),
    ...settingLines(settings).map((line): [string, string] => ["Setting", line]),
  ];
  return facts.flatMap(([label, text]) => (text === null ? [] : [[label, text] satisfies [string, string]]));
}

function stateText({ name, state, haltedCode, haltedReason }: ShownSource): string {
  if (state === "paused") return `paused; to let it go on: tidemark source resume ${name}`;
  return state === "halted" ? `halted: ${haltedReason ?? haltedCode}` : state;
}

function pollsText(
  { everyMs, state, pollDueInMs, pollAsked, lastPollAgeMs, windows }: ShownSource,
  nowMs: number,
): string {
  if (everyMs === null || pollDueInMs === null) return "none: every pass is a sweep";
  const past = `every ${durationText(everyMs)}, last ${agoText(lastPollAgeMs)}`;
  return state === "running" ? `${past}, ${nextText(pollDueInMs, pollAsked ? null : windows, nowMs)}` : past;
}

function sweepsText(source: ShownSource, nowMs: number): string {
  const { everyMs, sweepEveryMs, state, sweepDueInMs, lastSweepAgeMs, sweepNotOffered, windows } = source;
  if (sweepNotOffered !== null) return `not offered: ${sweepNotOffered}`;
  const past = `every ${durationText(sweepEveryMs)}, last ${agoText(lastSweepAgeMs)}`;
  if (state !== "running") return past;
  if (!source.isLoaded && everyMs !== null) return `${past}, next when the first load has ended`;
  // One that is under way waits for no windows, nor does one that a person has asked for.
  if (source.openSweep !== null || source.sweepAsked || windows === null)
    return `${past}, ${nextText(sweepDueInMs, null, nowMs)}`;
  const passes = windows.sweeps.length > 0 ? windows.sweeps : windows.passes;
  return `${past}, ${nextText(sweepDueInMs, { ...windows, passes }, nowMs)}`;
}

/** What is due while its windows are closed starts when they open. */
function nextText(
  dueInMs: number,
  windows: Pick<SourceWindows, "passes" | "timeZone"> | null,
  nowMs: number,
): string {
  const dueAtMs = nowMs + Math.max(0, dueInMs);
  const hours = windows === null ? null : openingHours(windows.passes, windows.timeZone);
  const inMs = (hours?.opensAt(dueAtMs) ?? dueAtMs) - nowMs;
  return ago(inMs) === "now" ? "due now" : `next in ${ago(inMs)}`;
}

function windowsText({ passes, sweeps, timeZone }: SourceWindows): string {
  const any = passes.length === 0 ? "at any time" : passes.join(", ");
  return `${any}${sweeps.length === 0 ? "" : `; sweeps ${sweeps.join(", ")}`} (${timeZone})`;
}

function agoText(ms: number | null): string {
  const text = ago(ms);
  return ms === null || text === "now" ? text : `${text} ago`;
}

function replayText({ id, kind, state, done, expected, askedAt }: Replay, nowMs: number): string {
  const { unit } = replayWords[kind];
  const progress = expected === null ? counted(done, unit) : `${counted(done)} of ${counted(expected, unit)}`;
  return `${id} (${kind}) ${state}, ${progress}, asked for ${agoText(nowMs - Date.parse(askedAt))}`;
}

/** Each setting by its dotted path. */
function settingLines(value: JsonValue, path: readonly string[] = []): string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return [`${path.join(".")} = ${typeof value === "string" ? value : JSON.stringify(value)}`];
  return Object.entries(value).flatMap(([member, inner]) => settingLines(inner, [...path, member]));
}

function passRow(pass: EndedPass, nowMs: number): string[] {
  const { kind, startedAt, endedAt, outcome, error } = pass;
  const changes = (["inserted", "updated", "deleted", "quarantined"] as const)
    .filter((count) => pass[count] > 0)
    .map((count) => `${pass[count]} ${count}`);
  const tookMs = Date.parse(endedAt) - Date.parse(startedAt);
  const what = error ?? (changes.length === 0 ? `${pass.unchanged} unchanged` : changes.join(", "));
  return [kind, ago(nowMs - Date.parse(endedAt)), ago(tookMs).replace("now", "<1s"), outcome, what];
}
