import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** The program of this checkout. */
export const program = join(import.meta.dirname, "../../src/bin.js");

/** A program that runs in a process group of its own, as from a terminal. */
export interface ProgramProcess {
  readonly pid: number;
  /** Everything it has printed, on either stream. */
  readonly lines: readonly string[];
  /** Resolves to the first line that matches, printed already or not. @throws with what was printed, when it ends before that. */
  said(pattern: RegExp): Promise<string>;
  /** To it and everything in its process group, as Ctrl-C at a terminal. */
  signalGroup(signal: NodeJS.Signals): void;
  /** Reads its output no more, as `| head` after a while. */
  stopReading(): void;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

/**
 * @param options.env Replaces the environment.
 * @param options.command What to run instead of the program.
 */
export function startProgram(
  args: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv; command?: readonly [string, ...string[]] },
): ProgramProcess {
  const { cwd, env, command = [process.execPath, program] } = options;
  const [file, ...words] = command;
  const child = spawn(file, [...words, ...args], {
    cwd,
    env,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error("the program did not start");
  const lines: string[] = [];
  const watching = new Set<() => void>();
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on("line", (line) => {
      lines.push(line);
      for (const look of watching) look();
    });
  }
  const ended = (async () => {
    const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
    return code ?? signal ?? "SIGKILL";
  })();

  async function said(pattern: RegExp): Promise<string> {
    const found = Promise.withResolvers<void>();
    const look = () => {
      if (lines.some((line) => pattern.test(line))) found.resolve();
    };
    watching.add(look);
    look();
    await Promise.race([found.promise, ended]);
    watching.delete(look);
    const line = lines.find((candidate) => pattern.test(candidate));
    if (line !== undefined) return line;
    throw new Error(`it ended (${await ended}) without saying ${pattern}:\n${lines.slice(-40).join("\n")}`);
  }

  return {
    pid,
    lines,
    said,
    ended,
    signalGroup: (signal) => process.kill(-pid, signal),
    stopReading: () => void child.stdout.destroy(),
  };
}
