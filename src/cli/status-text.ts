import { withFreshness } from "../app/overview-freshness.ts";
import type { Freshness } from "../core/freshness.ts";
import { openingHours } from "../core/opening-hours.ts";
import { whatToDoAbout } from "../core/what-to-do.ts";
import type { Overview } from "../ports/store.ts";
import { ago } from "./ago.ts";
import { counted } from "./counted.ts";
import { fitted } from "./fitted.ts";
import { type Shade, paint } from "./paint.ts";
import { reachText } from "./reach-text.ts";
import { table } from "./table.ts";

type SourceLine = ReturnType<typeof withFreshness>[number];

/** The overview as text of at most 80 columns. @param nowMs The wall clock. */
export function statusText(overview: Overview, nowMs = Date.now()): string {
  const { workers, shards } = overview;
  const sources = withFreshness(overview, nowMs);
  const owned = new Set(shards.flatMap(({ shard, owner }) => (owner === null ? [] : [shard])));
  const waiting = shards.reduce(
    (sum, shard) => sum + (BigInt(shard.lastSeq) - BigInt(shard.publishedSeq)),
    0n,
  );
  const oldest = Math.max(0, ...shards.map(({ oldestAgeMs }) => oldestAgeMs ?? 0));
  const unowned = sources.filter(({ freshness, shard }) => freshness === "stuck" && !owned.has(shard));
  const parts = [
    workers.length === 0
      ? "no worker is running"
      : table(
          ["SHARDS", "SEEN", "VERSION", "WORKER"],
          workers.map((worker) => [String(worker.shards), ago(worker.seenAgeMs), worker.version, worker.id]),
        ),
    fitted(
      `${owned.size} of ${shards.length} shards are owned; ${counted(Number(waiting), "event", "wait")} for Kafka${waiting > 0n ? `, the oldest for ${ago(oldest)}` : ""}\n${reachText(shards, nowMs)}`,
    ),
    sources.length === 0 ? "there are no sources: run tidemark apply" : sourceTable(sources, nowMs),
    ...[
      ...(unowned.length === 0 ? [] : [unownedText(unowned)]),
      ...sources.flatMap((source) => troubleOf(source, owned.has(source.shard))),
      ...sources.flatMap((source) => {
        const ms = source.sweeping ? 0 : opensInMs(source, nowMs);
        return ms === 0 ? [] : [`${source.name} starts nothing before its windows open, in ${ago(ms)}`];
      }),
      ...sources.flatMap(({ name, waiting }) =>
        waiting === 0
          ? []
          : [
              `${name} has ${counted(waiting, "change")} that ${waiting === 1 ? "waits" : "wait"} for a person\n  Look at them: tidemark hold list`,
            ],
      ),
      ...sources.flatMap(({ name, quarantined }) =>
        quarantined === 0
          ? []
          : [
              `${name} has ${counted(quarantined, "item")} in quarantine\n  Look at them: tidemark quarantine list ${name}`,
            ],
      ),
    ].map((sentence) => fitted(sentence)),
  ];
  return parts.join("\n\n");
}

const shades: Record<Freshness, Shade | null> = {
  halted: "bad",
  stuck: "bad",
  failing: "bad",
  held: "warn",
  throttled: "warn",
  "catching-up": "warn",
  paused: "dim",
  current: null,
  idle: null,
};

function sourceTable(sources: readonly SourceLine[], nowMs: number): string {
  const [head, ...rows] = table(
    ["SOURCE", "STATE", "ACCOUNTS", "POLLED", "CHANGED", "CURSOR", "SWEPT"],
    sources.map((source) => [
      source.name,
      stateOf(source, nowMs),
      String(source.population),
      source.pollDueInMs === null ? "-" : ago(source.lastPollAgeMs),
      ago(source.lastChangeAgeMs),
      source.pollDueInMs === null ? "-" : ago(source.cursorAgeMs),
      source.sweepNotOffered === null ? ago(source.lastSweepAgeMs) : "-",
    ]),
  ).split("\n");
  const painted = rows.map((row, index) => {
    const source = sources[index];
    return source === undefined ? row : paint(shades[source.freshness], row);
  });
  return [head, ...painted].join("\n");
}

/** How long the windows of a source that is running stay closed, those of sweeps where it has nothing else; 0 while they are open. */
function opensInMs({ state, windows, pollDueInMs }: SourceLine, nowMs: number): number {
  if (state !== "running" || windows === null) return 0;
  const { passes, sweeps, timeZone } = windows;
  const texts = pollDueInMs === null && sweeps.length > 0 ? sweeps : passes;
  return openingHours(texts, timeZone).opensAt(nowMs) - nowMs;
}

/** Its word, and what else is to be known of the moment. */
function stateOf(source: SourceLine, nowMs: number): string {
  const detail = detailOf(source, nowMs);
  return detail === null ? source.freshness : `${source.freshness} (${detail})`;
}

function detailOf(source: SourceLine, nowMs: number): string | null {
  if (source.state !== "running") return null;
  if (source.failures > 0) return String(source.failures);
  if (!source.isLoaded) return "loading";
  if (source.sweeping) return "sweeping";
  return opensInMs(source, nowMs) > 0 ? "closed" : null;
}

function unownedText(sources: readonly SourceLine[]): string {
  const who = sources.length === 1 ? `${sources[0]?.name} is` : `${sources.length} sources are`;
  return `${who} stuck: no worker owns the shard\n  Start one: tidemark run`;
}

function troubleOf(source: SourceLine, isOwned: boolean): string[] {
  const { name, freshness, failures, lastError } = source;
  if (freshness === "halted") {
    const todo = whatToDoAbout(source.haltedCode, name);
    return [
      `${name} is halted: ${source.haltedReason ?? source.haltedCode}${todo === null ? "" : `\n  ${todo}`}`,
    ];
  }
  const isFailing = failures > 0 && lastError !== null;
  return [
    ...(freshness === "stuck" && isOwned
      ? [
          `${name} is stuck: a pass is long overdue, and nothing advances\n  The worker's log says why; see docs/freshness.md`,
        ]
      : []),
    ...(isFailing ? [`${name} is ${freshness === "throttled" ? freshness : "failing"}: ${lastError}`] : []),
    ...(freshness === "failing" && failures === 0
      ? [`${name} waits for another source of its group ${source.group}, which is in trouble`]
      : []),
    ...(source.sweepNotOffered === null ? [] : [`${name} is not swept: ${source.sweepNotOffered}`]),
  ];
}
