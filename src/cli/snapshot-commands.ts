import type { Command } from "commander";
import { backfill } from "./backfill.ts";
import type { CommandBuilder } from "./command-builder.ts";
import { snapshot } from "./snapshot.ts";

/** `tidemark snapshot` and `tidemark backfill`: one source's accounts once more, as they are known or as the upstream has them. */
export function snapshotCommands(
  tidemark: Command,
  { command, withConfig, withOutput, does }: CommandBuilder,
): void {
  const withPace = (verb: Command) =>
    withOutput(withConfig(verb))
      .option("--pace <perSecond>", "accounts per second at most")
      .option("--dry-run", "say what would come, and begin nothing")
      .option("--no-wait", "return at once; tidemark replay show tells how far it is");
  withPace(
    command(
      tidemark,
      "snapshot <source>",
      "Publish every known account once, beside the live feed",
      "snapshot acme-hr --pace 500",
    ),
  ).action(does(snapshot));
  withPace(
    command(
      tidemark,
      "backfill <source>",
      "Read again what has changed since a moment, beside the live cursor",
      "backfill acme-hr --since 7d",
    ).requiredOption("--since <when>", "from when on: a time, or how long ago (7d)"),
  )
    .option("--until <when>", "what has changed later is left to the polls")
    .action(does(backfill));
}
