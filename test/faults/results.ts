import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { format, resolveConfig } from "prettier";
import type { RoundResult } from "./rounds.ts";

const run = promisify(execFile);

const heading = `# What \`npm run test:faults\` has found

One row per scenario and run. A violation is one broken invariant of one event, or a round that failed otherwise; a round of seed S is played
again by \`npm run test:faults -- --only "<scenario>" --rounds 1 --seed S\`, and the rounds of a row have the seeds from the one shown on.

| date | commit | scenario | rounds | first seed | struck | events | violations | minutes |
| ---- | ------ | -------- | -----: | ---------: | -----: | -----: | ---------: | ------: |
`;

/** Appends what a scenario's rounds have come to, with the commit that was tested. */
export async function appendResult(
  file: string,
  scenario: string,
  rounds: readonly RoundResult[],
): Promise<void> {
  const sum = (count: (round: RoundResult) => number) =>
    rounds.reduce((total, round) => total + count(round), 0);
  const cells = [
    new Date().toISOString().slice(0, 10),
    await testedCommit(),
    scenario,
    rounds.length,
    rounds[0]?.seed ?? "",
    sum(({ struck }) => struck),
    sum(({ events }) => events),
    sum(({ violations }) => violations),
    (sum(({ tookMs }) => tookMs) / 60_000).toFixed(1),
  ];
  const text = existsSync(file) ? await readFile(file, "utf8") : heading;
  const settings = await resolveConfig(file);
  await writeFile(
    file,
    await format(`${text}| ${cells.join(" | ")} |\n`, { ...settings, parser: "markdown" }),
  );
}

async function testedCommit(): Promise<string> {
  const hash = (await run("git", ["rev-parse", "--short", "HEAD"])).stdout.trim();
  const changes = (await run("git", ["status", "--porcelain"])).stdout.trim();
  return changes === "" ? hash : `${hash} + changes`;
}
