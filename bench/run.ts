import { Command, InvalidArgumentError, Option } from "commander";
import { type Figure, type Measurement, shown } from "./figure.ts";
import { backfill } from "./figures/backfill.ts";
import { century } from "./figures/century.ts";
import { growth } from "./figures/growth.ts";
import { idle } from "./figures/idle.ts";
import { latency } from "./figures/latency.ts";
import { manySources } from "./figures/many-sources.ts";
import { noise } from "./figures/noise.ts";
import { replay } from "./figures/replay.ts";
import { start } from "./figures/start.ts";
import { sweep } from "./figures/sweep.ts";
import { unchanged } from "./figures/unchanged.ts";
import { startWorld } from "./world.ts";

const measurements: Record<string, { measure: Measurement; about: string }> = {
  backfill: { measure: backfill, about: "first load: events/s, CPU, memory" },
  noise: { measure: noise, about: "the same first load beside itself: how far ratios stray" },
  unchanged: { measure: unchanged, about: "everything read again by polls and by sweeps, unchanged" },
  latency: { measure: latency, about: "from the upstream's answer to a read-committed consumer" },
  idle: { measure: idle, about: "a poll that finds nothing, a worker with nothing to do" },
  start: { measure: start, about: "from the start of the process to the first poll" },
  manySources: { measure: manySources, about: "10,000 sources in one process" },
  sweep: { measure: sweep, about: "one sweep of ten times the accounts" },
  century: { measure: century, about: "one sweep over CENTURY's users, unchanged: memory, rows written" },
  replay: {
    measure: replay,
    about: "ten times the accounts replayed from the journal, beside the live feed",
  },
  growth: { measure: growth, about: "first loads of a tenth and ten times the accounts; 1, 16, 64 shards" },
};

interface Options {
  only: string[];
  accounts: number;
  rounds: number;
  json?: true;
}

const known = Object.keys(measurements);
const program = new Command("npm run bench --")
  .description("Measures Tidemark on real servers, in turns with a plain script; figures go to stdout.")
  .addOption(
    new Option("--only <figures>", `some of the figures, such as ${known.slice(0, 2).join(",")}`)
      .argParser(namesOf)
      .default(known, "all"),
  )
  .option("--accounts <count>", "accounts of a first load", wholeNumber, 100_000)
  .option("--rounds <count>", "how often each figure is taken; the median counts", wholeNumber, 3)
  .option("--json", "one line of JSON per figure, for bench/table.ts")
  .addHelpText("after", ["", "Figures:", ...known.map(helpOf)].join("\n"))
  .parse();

const { only, accounts, rounds, json } = program.opts<Options>();
const say = (line: string) => console.error(line);
await using world = await startWorld(say);
for (const name of only) {
  say(`measuring ${name}`);
  const startedAtMs = performance.now();
  for (const one of (await measurements[name]?.measure(world, { accounts, rounds })) ?? [])
    console.log(json ? JSON.stringify(one) : lineOf(one));
  say(`${name} took ${Math.round((performance.now() - startedAtMs) / 1_000)} s`);
}

function namesOf(text: string): string[] {
  const names = text.split(",");
  const strange = names.find((name) => !known.includes(name));
  if (strange === undefined) return names;
  throw new InvalidArgumentError(`There is no figure ${strange}; known are ${known.join(", ")}.`);
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw new InvalidArgumentError("It must be a whole number above 0.");
}

function helpOf(name: string): string {
  return `  ${name.padEnd(12)} ${measurements[name]?.about ?? ""}`;
}

function lineOf({ name, value, unit, baseline, ratio }: Figure): string {
  const line = `${name.padEnd(52)} ${shown(value).padStart(9)} ${unit}`;
  return baseline === null || ratio === null
    ? line
    : `${line.padEnd(74)} plain script ${shown(baseline)}, ratio ${ratio.toFixed(2)}`;
}
