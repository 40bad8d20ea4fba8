import type { Command } from "commander";

/** What is typed after `tidemark` to call a command, such as `source poll`. */
export function wordsOf(command: Command): string {
  const { parent } = command;
  if (parent === null) return "";
  return `${wordsOf(parent)} ${command.name()}`.trimStart();
}
