import type { Command } from "commander";
import type { CommandBuilder } from "./command-builder.ts";
import { listCheckpoints, showCursor } from "./cursor.ts";
import { resetCursor, rewindCursor, setCursor } from "./move-cursor.ts";

/** `tidemark cursor …`: looks at where sources stand and stood, and sends them elsewhere. */
export function cursorCommands(
  tidemark: Command,
  { command, withConfig, withOutput, does }: CommandBuilder,
): void {
  const cursor = command(
    tidemark,
    "cursor",
    "Look at where sources stand, and go back",
    "cursor list acme-hr",
  );
  const verb = (name: string, summary: string, example: string) =>
    withOutput(withConfig(command(cursor, name, summary, `cursor ${example}`)));
  const move = (name: string, summary: string, example: string) =>
    verb(name, summary, example)
      .option("--if-at <mark>", "refuse unless the cursor is still that one,\nas cursor show has named it")
      .option("--dry-run", "say where it would go on and what comes again, and do nothing");
  const back = (name: string, summary: string, example: string) =>
    move(name, summary, example)
      .option("--republish", "publish again what is read without a change")
      .option(
        "--pace <perSecond>",
        "with --republish: so many accounts are published\nagain per second at most",
      );

  verb("list <source>", "Its checkpoints, newest first", "list acme-hr")
    .option("--before <checkpoint>", "only those that were left before that one")
    .action(does(listCheckpoints));
  verb("show <source>", "Where it stands", "show acme-hr")
    .option("--checkpoint <id>", "where it stood at that checkpoint")
    .action(does(showCursor));
  move("set <source>", "Go on at any cursor", `set acme-hr --to '{"since":"2026-03-01T00:00:00Z"}'`)
    .requiredOption("--to <json>", "the cursor, as cursor show prints it")
    .action(does(setCursor));
  back("rewind <source>", "Go back to a checkpoint, or to a time", "rewind acme-hr --to 2h")
    .requiredOption(
      "--to <checkpoint>",
      "its id, a time such as 2026-03-01T10:00Z, or how\nlong ago, such as 2h",
    )
    .action(does(rewindCursor));
  back("reset <source>", "Read everything again", "reset acme-hr").action(does(resetCursor));
}
