import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A worker in a process of its own, which a test can kill and suspend. */
export interface WorkerProcess {
  readonly pid: number;
  /** Its log, one JSON object per line. */
  log(): string;
  /** False as soon as it has ended. */
  isAlive(): boolean;
  /** Ends it as a crash would; resolves when it is gone. */
  kill(): Promise<void>;
  suspend(): void;
  resume(): void;
  /** Asks it to drain. @returns what it exits with; a signal's name when that has ended it. */
  stop(): Promise<number | NodeJS.Signals>;
}

const programs = {
  /** As in production. */
  tidemark: [join(import.meta.dirname, "../../src/bin.js"), "run", "--http-port", "0", "--config"],
  /** The same parts with leases of 3 s. */
  "short-lease": [join(import.meta.dirname, "worker-main.ts")],
};

/** A worker that keeps what it should forget dies of it. */
const options = ["--max-old-space-size=128"];

export type WorkerProgram = keyof typeof programs;

/** Starts a worker; the channel between the two makes it drain by itself when the test ends before it. */
export function startWorkerProcess(
  program: WorkerProgram,
  configFile: string,
  logFile: string,
): WorkerProcess {
  const log = openSync(logFile, "a");
  const child = spawn(process.execPath, [...options, ...programs[program], configFile], {
    stdio: ["ignore", log, log, "ipc"],
  });
  closeSync(log);
  const { pid } = child;
  if (pid === undefined) throw new Error("the worker could not be started");
  const ended = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
  const isAlive = () => child.exitCode === null && child.signalCode === null;

  async function end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals> {
    child.kill(signal);
    const [code, killer] = await ended;
    return code ?? killer ?? 0;
  }

  return {
    pid,
    log: () => readFileSync(logFile, "utf8"),
    isAlive,
    kill: async () => void (await end("SIGKILL")),
    suspend: () => void child.kill("SIGSTOP"),
    resume: () => void child.kill("SIGCONT"),
    stop: () => end("SIGTERM"),
  };
}
