import type { Command } from "commander";
import type { CommandBuilder } from "./command-builder.ts";
import { decideHold, listHolds, showHold } from "./hold.ts";

/** `tidemark hold …`: decides about changes that wait for a person. */
export function holdCommands(
  tidemark: Command,
  { command, withConfig, withOutput, does }: CommandBuilder,
): void {
  const hold = command(tidemark, "hold", "Decide about changes that wait for a person", "hold list");
  withOutput(withConfig(command(hold, "list", "Everything that is on hold", "hold list"))).action(
    does(listHolds),
  );
  withOutput(
    withConfig(command(hold, "show <id>", "One hold: why, and the first of its accounts", "hold show 3")),
  ).action(does(showHold));
  for (const [verb, summary] of [
    ["approve", "Let the changes of a hold happen"],
    ["reject", "Keep the accounts of a hold as they are"],
  ] as const) {
    withOutput(withConfig(command(hold, `${verb} <id>`, summary, `hold ${verb} 3 --note "asked HR"`)))
      .option("--note <text>", "why, for the record")
      .action(does((id: string, options: Parameters<typeof decideHold>[2]) => decideHold(verb, id, options)));
  }
}
