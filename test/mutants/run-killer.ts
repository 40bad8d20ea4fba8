import { execFile } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Killer } from "./mutant.ts";

/** What noticed a fault. */
export interface FailedTest {
  test: string;
  /** What it said first. */
  message: string;
}

/** A mutant that makes a test run for ever is noticed by this. */
const patienceMs = 15 * 60_000;

/**
 * Runs tests in a tree until the first of them fails.
 * @returns null when all of them pass.
 * @throws Error when no test could be run: that tells nothing about the tree.
 */
export function runKiller(killer: Killer, root: string): Promise<FailedTest | null> {
  return "seeds" in killer ? playSeeds(killer.seeds, root) : runTests(killer.tests, root);
}

async function playSeeds(seeds: number, root: string): Promise<FailedTest | null> {
  const run = await runNode(["test/mutants/play-seeds.ts", String(seeds)], root);
  if (run.isOverdue) return overdue(`the model, ${seeds} seeds`);
  const failed = z.object({ test: z.string(), message: z.string() }).nullable();
  return failed.parse(parsed(run.stdout, run.stderr));
}

/** The part of vitest's JSON report that is needed. */
const vitestReport = z.object({
  testResults: z.array(
    z.object({
      message: z.string(),
      assertionResults: z.array(
        z.object({
          status: z.string(),
          fullName: z.string(),
          failureMessages: z.array(z.string()).nullish(),
        }),
      ),
    }),
  ),
});

async function runTests(tests: readonly string[], root: string): Promise<FailedTest | null> {
  const output = join(root, "vitest-report.json");
  rmSync(output, { force: true });
  const report = ["--reporter", "json", "--outputFile", output, "--bail", "1", "--no-cache"];
  const run = await runNode(["node_modules/vitest/vitest.mjs", "run", ...report, ...tests], root);
  if (run.isOverdue) return overdue(tests.join(", "));
  const { testResults } = vitestReport.parse(parsed(readReport(output), run.stderr));
  const results = testResults.flatMap(({ assertionResults }) => assertionResults);
  const failed = results.find(({ status }) => status === "failed");
  if (failed !== undefined) return { test: failed.fullName, message: failed.failureMessages?.[0] ?? "" };
  const unloaded = testResults.find(({ message }) => message !== "");
  if (run.isFailed || unloaded !== undefined || !results.some(({ status }) => status === "passed"))
    throw new Error(`no test was run: ${unloaded?.message ?? run.stderr}`);
  return null;
}

function overdue(test: string): FailedTest {
  return { test, message: `did not end within ${patienceMs / 60_000} minutes` };
}

function readReport(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function parsed(text: string, otherwise: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`no test was run: ${otherwise}`, { cause });
  }
}

interface NodeRun {
  stdout: string;
  stderr: string;
  isFailed: boolean;
  isOverdue: boolean;
}

function runNode(args: readonly string[], cwd: string): Promise<NodeRun> {
  return new Promise((resolve) => {
    const options = { cwd, timeout: patienceMs, maxBuffer: 64 * 1024 * 1024 };
    execFile(process.execPath, args, options, (error, stdout, stderr) =>
      resolve({ stdout, stderr, isFailed: error !== null, isOverdue: error?.killed === true }),
    );
  });
}
