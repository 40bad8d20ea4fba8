import { parseArgs } from "node:util";
import { runSeed } from "./run-seed.ts";

/** `npm run test:model -- --seeds 200000 [--from 1] [--trace 40]`: plays seeds one after another and stops at the first that fails. */
const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "2000" },
    from: { type: "string", default: "1" },
    trace: { type: "string", default: "40" },
  },
});
const from = Number(values.from);
const until = from + Number(values.seeds);
const startedAtMs = Date.now();
let events = 0;

for (let seed = from; seed < until; seed += 1) {
  const report = await runSeed(seed, Number(values.trace));
  events += report.events;
  if (report.violations.length > 0) {
    const { trace, violations, scenario } = report;
    console.log([JSON.stringify(scenario), ...trace, ...violations, `seed ${seed} fails`].join("\n"));
    process.exitCode = 1;
    break;
  }
  if ((seed - from + 1) % 500 === 0) {
    const seconds = (Date.now() - startedAtMs) / 1_000;
    console.log(`${seed - from + 1} seeds, ${events} events, ${seconds.toFixed(0)} s`);
  }
}
