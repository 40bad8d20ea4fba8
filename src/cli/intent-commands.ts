import type { Command } from "commander";
import type { CommandBuilder } from "./command-builder.ts";
import { listIntents, withdrawIntent } from "./intent.ts";

/** `tidemark intent …`: what operators have asked for. */
export function intentCommands(
  tidemark: Command,
  { command, withConfig, withOutput, does }: CommandBuilder,
): void {
  const intent = command(tidemark, "intent", "Look at what was asked for, and take it back", "intent list");
  withOutput(withConfig(command(intent, "list", "What is not done yet", "intent list --all")))
    .option("--all", "also the last that were done")
    .action(does(listIntents));
  withOutput(
    withConfig(command(intent, "withdraw <id>", "Take back what is not done yet", "intent withdraw 12")),
  ).action(does(withdrawIntent));
}
