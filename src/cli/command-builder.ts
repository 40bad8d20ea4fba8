import type { Command } from "commander";
import { wordsOf } from "./words-of.ts";

/** What a command leaves for the process to exit with. */
export interface CommandOutcome {
  exitCode: number;
  /** The words of the command, such as `source poll`, from when its command line is understood. */
  called?: string;
}

/** What all commands have in common: help with an example, the usual options, an exit code. */
export interface CommandBuilder {
  /** @param example What follows `tidemark` on a command line that works. */
  command(parent: Command, name: string, summary: string, example: string): Command;
  withConfig(verb: Command): Command;
  withOutput(verb: Command): Command;
  /** Runs a command and keeps its exit code. */
  does<Arguments extends unknown[]>(
    act: (...given: Arguments) => Promise<number>,
  ): (...given: Arguments) => Promise<void>;
}

export function commandBuilder(outcome: CommandOutcome): CommandBuilder {
  return {
    command: (parent, name, summary, example) => {
      const made = parent.command(name);
      return made
        .description(summary)
        .exitOverride()
        .showHelpAfterError(`(tidemark ${wordsOf(made)} --help shows an example)`)
        .addHelpText("after", `\nExample:\n  $ tidemark ${example}`);
    },
    withConfig: (verb) =>
      verb.option(
        "-c, --config <file>",
        "configuration file",
        process.env["TIDEMARK_CONFIG"] ?? "tidemark.yaml",
      ),
    withOutput: (verb) => verb.option("-o, --output <format>", "table or json", "table"),
    does:
      (act) =>
      async (...given) => {
        outcome.exitCode = await act(...given);
      },
  };
}
