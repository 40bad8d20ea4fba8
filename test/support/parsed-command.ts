import type { Command } from "commander";
import { program } from "../../src/cli/program.ts";

/** Every command of the program, each with the words that call it. */
export function allCommands(): { command: Command; words: string[] }[] {
  const walk = (command: Command, words: string[]): { command: Command; words: string[] }[] => [
    { command, words },
    ...command.commands.flatMap((inner) => walk(inner, [...words, inner.name()])),
  ];
  return walk(program({ exitCode: 0 }), []);
}

/**
 * The words of the command that a command line would run, such as `hold show`; nothing is run.
 * @param line What follows `tidemark`; text in double quotes is one word.
 * @throws CommanderError when it would be refused
 */
export function parsedCommand(line: string): string {
  const [root, ...others] = allCommands();
  let called: string | null = null;
  for (const { command, words } of [root, ...others].filter((one) => one !== undefined)) {
    command.configureOutput({ writeErr: () => {}, writeOut: () => {} }).exitOverride();
    if (command.commands.length === 0) command.action(() => void (called = words.join(" ")));
  }
  const given = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
  // What comes behind a pipe is another program's.
  const own = given.includes("|") ? given.slice(0, given.indexOf("|")) : given;
  root?.command.parse(own, { from: "user" });
  if (called === null) throw new Error(`${line}: names no command that does anything`);
  return called;
}

/** What follows `$ tidemark` as the example of a command's help. */
export function exampleOf(command: Command): string | null {
  let help = "";
  command.configureOutput({ writeOut: (text) => void (help += text) });
  command.outputHelp();
  return /\nExample:\n {2}\$ tidemark (.*)/.exec(help)?.[1] ?? null;
}
