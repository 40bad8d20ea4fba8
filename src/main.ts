import { CommanderError } from "commander";
import type { CommandOutcome } from "./cli/command-builder.ts";
import { report } from "./cli/report.ts";
import { program } from "./cli/program.ts";

/**
 * Runs one command.
 * @param argv Arguments without the program's own name.
 * @returns The exit code: 0; 1 failure or refusal; 2 usage or configuration; 130 Ctrl-C while a replay was watched.
 */
export async function main(argv: readonly string[]): Promise<number> {
  const outcome: CommandOutcome = { exitCode: 0 };
  try {
    await program(outcome).parseAsync([...argv], { from: "user" });
    return outcome.exitCode;
  } catch (error) {
    // Help and version are "errors" to commander; it has printed them already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return report(error, outcome.called);
  }
}
