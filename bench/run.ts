import { parseArgs } from "node:util";
import type { Figure, Measurement } from "./figure.ts";
import { backfill } from "./figures/backfill.ts";
import { idle } from "./figures/idle.ts";
import { latency } from "./figures/latency.ts";
import { manySources } from "./figures/many-sources.ts";
import { unchanged } from "./figures/unchanged.ts";
import { startWorld } from "./world.ts";

const measurements: Record<string, Measurement> = { backfill, unchanged, latency, idle, manySources };

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    only: { type: "string", default: Object.keys(measurements).join(",") },
    accounts: { type: "string", default: "100000" },
    rounds: { type: "string", default: "3" },
  },
});

const say = (line: string) => console.error(line);
await using world = await startWorld(say);
for (const name of values.only.split(",")) {
  const measure = measurements[name];
  if (measure === undefined)
    throw new Error(`there is no figure ${name}; known are ${Object.keys(measurements).join(", ")}`);
  say(`measuring ${name}`);
  const figures = await measure(world, { accounts: Number(values.accounts), rounds: Number(values.rounds) });
  for (const one of figures) console.log(values.json ? JSON.stringify(one) : lineOf(one));
}

function lineOf({ name, value, unit, baseline, ratio }: Figure): string {
  const shown = value >= 100 ? value.toFixed(0) : value.toFixed(2);
  const beside =
    baseline === null || ratio === null
      ? ""
      : `plain script ${baseline.toFixed(0)}, ratio ${ratio.toFixed(2)}`;
  return `${name.padEnd(34)} ${shown.padStart(8)} ${unit.padEnd(10)} ${beside}`.trimEnd();
}
