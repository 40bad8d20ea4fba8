import type { Command } from "commander";
import type { CommandBuilder } from "./command-builder.ts";
import { discard, listQuarantine, redrive, showQuarantined } from "./quarantine.ts";

/** `tidemark quarantine …`: decides about what could not be understood. */
export function quarantineCommands(
  tidemark: Command,
  { command, withConfig, withOutput, does }: CommandBuilder,
): void {
  const quarantine = command(
    tidemark,
    "quarantine",
    "Look at what could not be understood, and decide about it",
    "quarantine list",
  );
  withOutput(
    withConfig(
      command(quarantine, "list [source]", "What is in quarantine, newest first", "quarantine list"),
    ),
  ).action(does(listQuarantine));
  withOutput(
    withConfig(
      command(quarantine, "show <id>", "One item as the upstream has sent it, and why", "quarantine show 12"),
    ),
  ).action(does(showQuarantined));
  for (const [verb, summary, act] of [
    ["redrive", "Look accounts up again: all of a source, or of one item", redrive],
    ["discard", "Forget items: all of a source, or one", discard],
  ] as const) {
    const example = `quarantine ${verb} 12 --note "the export is repaired"`;
    withOutput(withConfig(command(quarantine, `${verb} <source|id>`, summary, example)))
      .option("--note <text>", "why, for the record")
      .action(does(act));
  }
}
