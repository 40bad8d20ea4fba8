import { errorTable } from "../core/error-table.ts";
import { openingHours } from "../core/opening-hours.ts";
import type { Overview } from "../ports/store.ts";
import { wireStore } from "../wire.ts";
import { ago } from "./ago.ts";
import { type ConfigOption, type OutputOption, configOf, isJson } from "./options.ts";
import { items } from "./quarantine-text.ts";
import { table } from "./table.ts";

/** `tidemark status`: what the database knows of workers, shards and sources. */
export async function status(options: ConfigOption & OutputOption): Promise<number> {
  const json = isJson(options);
  const store = wireStore(configOf(options));
  try {
    await store.checkSchema();
    const overview = await store.overview();
    console.log(json ? JSON.stringify(overview) : statusText(overview));
    return 0;
  } finally {
    await store.close();
  }
}

/** The overview as text of at most 80 columns. @param nowMs The wall clock. */
export function statusText({ workers, shards, sources }: Overview, nowMs = Date.now()): string {
  const owned = shards.filter(({ owner }) => owner !== null).length;
  const waiting = shards.reduce(
    (sum, shard) => sum + (BigInt(shard.lastSeq) - BigInt(shard.publishedSeq)),
    0n,
  );
  const oldest = Math.max(0, ...shards.map(({ oldestAgeMs }) => oldestAgeMs ?? 0));
  const parts = [
    workers.length === 0
      ? "no worker is running"
      : table(
          ["SHARDS", "SEEN", "VERSION", "WORKER"],
          workers.map((worker) => [String(worker.shards), ago(worker.seenAgeMs), worker.version, worker.id]),
        ),
    `${owned} of ${shards.length} shards are owned; ${waiting} events wait for Kafka${waiting > 0n ? `, the oldest for ${ago(oldest)}` : ""}`,
    sources.length === 0
      ? "there are no sources: run tidemark apply"
      : table(
          ["SOURCE", "STATE", "ACCOUNTS", "POLLED", "SWEPT", "CHANGED", "SHARD", "TOPIC"],
          sources.map((source) => [
            source.name,
            stateOf(source, nowMs),
            String(source.population),
            source.pollDueInMs === null ? "-" : ago(source.lastPollAgeMs),
            source.sweepNotOffered === null ? ago(source.lastSweepAgeMs) : "-",
            ago(source.lastChangeAgeMs),
            String(source.shard),
            source.topic,
          ]),
        ),
    ...sources.flatMap(troubleOf),
    ...sources.flatMap((source) => {
      const ms = source.sweeping ? 0 : opensInMs(source, nowMs);
      return ms === 0 ? [] : [`${source.name} starts nothing before its windows open, in ${ago(ms)}`];
    }),
    ...sources.flatMap(({ name, waiting }) =>
      waiting === 0
        ? []
        : [`${name} has ${waiting} changes that wait for a person\n  Look at them: tidemark hold list`],
    ),
    ...sources.flatMap(({ name, quarantined }) =>
      quarantined === 0
        ? []
        : [
            `${name} has ${items(quarantined)} in quarantine\n  Look at them: tidemark quarantine list ${name}`,
          ],
    ),
  ];
  return parts.join("\n\n");
}

/** How long the windows of a source that is running stay closed, those of sweeps where it has nothing else; 0 while they are open. */
function opensInMs({ state, windows, pollDueInMs }: Overview["sources"][number], nowMs: number): number {
  if (state !== "running" || windows === null) return 0;
  const { passes, sweeps, timeZone } = windows;
  const texts = pollDueInMs === null && sweeps.length > 0 ? sweeps : passes;
  return openingHours(texts, timeZone).opensAt(nowMs) - nowMs;
}

function stateOf(source: Overview["sources"][number], nowMs: number): string {
  if (source.state !== "running") return source.state;
  if (source.failures > 0) return `failing (${source.failures})`;
  if (!source.isLoaded) return "loading";
  if (source.sweeping) return "sweeping";
  return opensInMs(source, nowMs) > 0 ? "closed" : "running";
}

function troubleOf(source: Overview["sources"][number]): string[] {
  if (source.state === "halted") {
    const row = Object.entries(errorTable).find(([code]) => code === source.haltedCode)?.[1];
    const todo = row?.whatToDo.replaceAll("<source>", source.name);
    return [
      `${source.name} is halted: ${source.haltedReason ?? source.haltedCode}${todo === undefined ? "" : `\n  ${todo}`}`,
    ];
  }
  return [
    ...(source.failures > 0 && source.lastError !== null
      ? [`${source.name} is failing: ${source.lastError}`]
      : []),
    ...(source.sweepNotOffered === null ? [] : [`${source.name} is not swept: ${source.sweepNotOffered}`]),
  ];
}
