import type { Command } from "commander";
import { askPreview } from "./ask-preview.ts";
import { askSource } from "./ask-source.ts";
import type { CommandBuilder } from "./command-builder.ts";
import { listSources, showSource } from "./source.ts";

/** `tidemark source …`: looks at sources, and steers them. */
export function sourceCommands(
  tidemark: Command,
  { command, withConfig, withOutput, does }: CommandBuilder,
): void {
  const source = command(tidemark, "source", "Look at sources, and steer them", "source show acme-hr");
  withOutput(
    withConfig(command(source, "list", "All sources, what needs a person first", "source list")),
  ).action(does(listSources));
  withOutput(
    withConfig(command(source, "show <name>", "Everything about one source", "source show acme-hr")),
  ).action(does(showSource));
  for (const [verb, summary] of [
    ["pause", "Stop it after the page under way, until it is resumed"],
    ["resume", "Let a paused or halted source go on, at once"],
    ["poll", "Have it polled at once, whatever its schedule"],
    ["sweep", "Have all of it read at once, whatever its schedule"],
  ] as const) {
    withOutput(withConfig(command(source, `${verb} <name>`, summary, `source ${verb} acme-hr`))).action(
      does((name: string, options: Parameters<typeof askSource>[2]) => askSource(verb, name, options)),
    );
  }
  withOutput(
    withConfig(
      command(source, "preview <name>", "Poll, and show what would be published", "source preview acme-hr"),
    ),
  ).action(does(askPreview));
}
