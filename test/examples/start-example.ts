import { onTestFinished } from "vitest";
import { type ProgramProcess, startProgram } from "../support/program-process.ts";

/** Starts an example with its settings, which are all of its environment beside `PATH`; killed when the test has finished and it still runs. */
export function startExample(
  folder: string,
  command: readonly [string, ...string[]],
  settings: Record<string, string | undefined>,
): ProgramProcess {
  const env = { PATH: process.env["PATH"], ...settings };
  const example = startProgram([], { cwd: folder, command, env });
  let hasEnded = false;
  void example.ended.then(() => (hasEnded = true));
  onTestFinished(async () => {
    if (!hasEnded) example.signalGroup("SIGKILL");
    await example.ended;
  });
  return example;
}
