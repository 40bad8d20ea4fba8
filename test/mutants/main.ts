import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Killer } from "./mutant.ts";
import { mutants } from "./mutants.ts";
import { type Outcome, resultsPage } from "./results-page.ts";
import { type FailedTest, runKiller } from "./run-killer.ts";
import { copyTree } from "./tree-copy.ts";

/**
 * `npm run test:mutants [-- --only <name>]`: puts one fault after another into a copy of the tree and tells which test notices it.
 * Fails when one survives. All of them together are written to RESULTS.md.
 */
const { values } = parseArgs({ options: { only: { type: "string" } } });
const { only } = values;
const chosen = mutants.filter(({ name }) => only === undefined || name === only);
if (chosen.length === 0) {
  const known = mutants.map(({ name }) => name).join(", ");
  throw new Error(`there is no mutant "${only}"; known are: ${known}`);
}

const root = join(import.meta.dirname, "../..");
const results = join(import.meta.dirname, "RESULTS.md");
const tree = treeName();
using copy = copyTree(root);

for (const killer of killersOf(chosen.map(({ killer }) => killer))) {
  const failed = await fate(killer);
  if (failed !== null) throw new Error(`without any mutant, ${failed.test} fails: ${failed.message}`);
}
console.log("without any mutant, all tests that are to notice one pass");

const outcomes: Outcome[] = [];
for (const mutant of chosen) {
  using _mutated = copy.mutate(mutant);
  const startedAtMs = performance.now();
  const killedBy = await fate(mutant.killer);
  const tookMs = performance.now() - startedAtMs;
  outcomes.push({ mutant, killedBy, tookMs });
  const what = killedBy === null ? "SURVIVES" : `is killed by ${killedBy.test}`;
  console.log(`${mutant.name} ${what} (${(tookMs / 1_000).toFixed(0)} s)`);
}
if (only === undefined) writeFileSync(results, await resultsPage(outcomes, tree));
if (outcomes.some(({ killedBy }) => killedBy === null)) process.exitCode = 1;

/** What fails, or null. Real servers also fail for reasons of their own: there it has to be the same test twice. */
async function fate(killer: Killer): Promise<FailedTest | null> {
  const failed = await runKiller(killer, copy.root);
  const needsServers = "tests" in killer && killer.tests.some((file) => file.endsWith(".servers.test.ts"));
  if (failed === null || !needsServers) return failed;
  const again = await runKiller(killer, copy.root);
  return again?.test === failed.test ? again : null;
}

/** As few runs as show that every one of them passes. */
function killersOf(killers: readonly Killer[]): Killer[] {
  const tests = [...new Set(killers.flatMap((killer) => ("tests" in killer ? killer.tests : [])))];
  const seeds = Math.max(0, ...killers.map((killer) => ("seeds" in killer ? killer.seeds : 0)));
  return [...(tests.length > 0 ? [{ tests }] : []), ...(seeds > 0 ? [{ seeds }] : [])];
}

/** Which state of the sources is tested. */
function treeName(): string {
  const git = (...args: string[]) => execFileSync("git", args, { cwd: root, encoding: "utf8" }).trim();
  const isDirty = git("status", "--porcelain", "--", ".", ":!test/mutants/RESULTS.md") !== "";
  return `${git("rev-parse", "--short", "HEAD")}${isDirty ? " + uncommitted changes" : ""}`;
}
