import { runSeed } from "../model/run-seed.ts";
import { failedSeeds } from "../model/seeds.ts";
import type { FailedTest } from "./run-killer.ts";

/**
 * `node test/mutants/play-seeds.ts <seeds>`: plays the seeds that once failed, then so many from 1 on, and prints the first
 * one that fails as JSON, or null.
 */
const seeds = [
  ...Object.keys(failedSeeds).map(Number),
  ...Array.from({ length: Number(process.argv[2]) }, (_, index) => index + 1),
];
let failed: FailedTest | null = null;
for (const seed of seeds) {
  const [violation] = (await runSeed(seed)).violations;
  if (violation === undefined) continue;
  failed = { test: `the model, seed ${seed}`, message: violation };
  break;
}
console.log(JSON.stringify(failed));
