import type { Command } from "commander";
import type { CommandBuilder } from "./command-builder.ts";
import { listReplays, showOneReplay, startReplay, steerReplay } from "./replay.ts";

/** `tidemark replay …`: publishes events of the journal again, and steers all that is published or read again. */
export function replayCommands(
  tidemark: Command,
  { command, withConfig, withOutput, does }: CommandBuilder,
): void {
  const replay = command(
    tidemark,
    "replay",
    "Publish events again, and steer what is published or read again",
    "replay start --since 2h --dry-run",
  );
  withOutput(
    withConfig(
      command(
        replay,
        "start",
        "Publish events of the journal again, in order and as they were",
        "replay start --since 2h --source acme-hr --to-topic copy --dry-run",
      ),
    ),
  )
    .option("--from <shard:seq>", "from this event on, such as 0:1200")
    .option("--since <time>", "from this time on: 2h, 7d or 2026-03-01T10:00Z")
    .option("--until <time>", "up to this time; now when left out")
    .option("--source <name>", "events of one source only")
    .option("--account <id>", "events of one account only")
    .option("--op <ops>", "only these: inserted,updated,deleted")
    .option("--to-topic <topic>", "an existing topic; each event's own when left out")
    .option("--pace <perSecond>", "events per second at most")
    .option("--dry-run", "say what would be published, and begin nothing")
    .option("--no-wait", "do not wait until all is published")
    .action(does(startReplay));
  withOutput(
    withConfig(
      command(
        replay,
        "list",
        "What was replayed and is being replayed, newest first",
        "replay list --source acme-hr",
      ),
    ),
  )
    .option("--source <name>", "only what concerns this source")
    .option("--before <replay>", "only what was asked for before that one")
    .action(does(listReplays));
  withOutput(
    withConfig(command(replay, "show <id>", "One replay, and how far it is", "replay show 3")),
  ).action(does(showOneReplay));
  for (const [verb, summary] of [
    ["pause", "Let a replay wait"],
    ["resume", "Let a paused replay go on where it was"],
    ["cancel", "End a replay; what it has published stays"],
  ] as const) {
    withOutput(withConfig(command(replay, `${verb} <id>`, summary, `replay ${verb} 3`))).action(
      does((id: string, options: Parameters<typeof showOneReplay>[1]) => steerReplay(verb, id, options)),
    );
  }
}
