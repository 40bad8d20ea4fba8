import { join } from "node:path";
import { type Reporter, createVitest } from "vitest/node";
import ClosingLine from "../support/closing-line.ts";
import { readOrder, usage } from "./read-order.ts";
import { appendResult } from "./results.ts";

/** Plays the fault scenarios on real processes and servers, and appends a row for each to `RESULTS.md`. */
const { order, only } = readOrderOrExit();

/** Each scenario's row is written as soon as it has been played: a night that is cut short is not lost. */
const table: Reporter = {
  async onTestSuiteResult(suite) {
    const rounds = [...suite.children.allTests()].flatMap((test) => test.meta().round ?? []);
    if (rounds.length > 0) await appendResult(join(import.meta.dirname, "RESULTS.md"), suite.name, rounds);
  },
};

const vitest = await createVitest("test", {
  project: ["servers"],
  watch: false,
  reporters: ["default", new ClosingLine(), table],
});
vitest.provide("faults", order);
// A name is no pattern: its characters stand for themselves.
const patterns = only.map((name) => name.replaceAll(/[^\w ]/g, String.raw`\$&`));
vitest.setGlobalTestNamePattern(new RegExp(patterns.join("|")));
await vitest.start([".faults.test.ts"]);
const modules = vitest.state.getTestModules();
const played = modules
  .flatMap((module) => [...module.children.allTests()])
  .filter((test) => test.meta().round);
if (played.length === 0) {
  const names = modules.flatMap((module) => [...module.children.suites()].map(({ name }) => `  ${name}`));
  console.error(`nothing was played; the scenarios are\n${names.join("\n")}`);
  process.exitCode = 1;
}
await vitest.close();

function readOrderOrExit(): ReturnType<typeof readOrder> {
  try {
    return readOrder(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
    return process.exit(2);
  }
}
