import { format } from "prettier";
import type { Mutant } from "./mutant.ts";
import type { FailedTest } from "./run-killer.ts";

/** What became of one mutant; `killedBy` is null when it survived. */
export interface Outcome {
  mutant: Mutant;
  killedBy: FailedTest | null;
  tookMs: number;
}

/** The checked-in page about a whole run. @param tree Which state of the sources was tested. */
export function resultsPage(outcomes: readonly Outcome[], tree: string): Promise<string> {
  const killed = outcomes.filter(({ killedBy }) => killedBy !== null);
  const seconds = outcomes.reduce((sum, { tookMs }) => sum + tookMs, 0) / 1_000;
  const page = [
    "# Mutants",
    `Written by \`npm run test:mutants\` on ${new Date().toISOString().slice(0, 10)}, commit ${tree}:`,
    `${killed.length} of ${outcomes.length} killed in ${seconds.toFixed(0)} s. The same tests pass without a mutant.`,
    "",
    "| mutant | rule that it breaks | file | killed by | after |",
    "| --- | --- | --- | --- | ---: |",
    ...outcomes.map(rowOf),
  ];
  return format(page.join("\n"), { parser: "markdown", printWidth: 110 });
}

function rowOf({ mutant, killedBy, tookMs }: Outcome): string {
  const killer = killedBy === null ? "**survives**" : `${killedBy.test}: ${firstLine(killedBy.message)}`;
  const cells = [
    mutant.name,
    mutant.breaks,
    `\`${mutant.file}\``,
    killer,
    `${(tookMs / 1_000).toFixed(0)} s`,
  ];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

function firstLine(message: string): string {
  const [line = ""] = message.split("\n");
  return line.length > 120 ? `${line.slice(0, 119)}…` : line;
}
