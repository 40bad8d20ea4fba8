import { type ChildProcess, spawn } from "node:child_process";
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
  /** Resolves when it has given up by itself, as the test wants it to. @returns what it exits with. */
  givesUp(): Promise<number | NodeJS.Signals>;
  /** How it ended although nobody wanted it to; null while it lives, and when somebody did. */
  death(): string | null;
  /** The most memory it has had resident, in MB, until now or until it was ended; null where the system does not tell. */
  peakMb(): number | null;
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

/** Young objects as in production (src/bin.js); and a worker that keeps what it should forget dies of it. */
const options = ["--max-semi-space-size=8", "--max-old-space-size=128"];

/** One of ours, or the script of another worker with its arguments; the configuration file comes last. */
export type WorkerProgram = keyof typeof programs | readonly [script: string, ...words: string[]];

/** Starts a worker; the channel between the two makes it drain by itself when the test ends before it. */
export function startWorkerProcess(
  program: WorkerProgram,
  configFile: string,
  logFile: string,
): WorkerProcess {
  const log = openSync(logFile, "a");
  const words = typeof program === "string" ? programs[program] : program;
  const child = spawn(process.execPath, [...options, ...words, configFile], {
    stdio: ["ignore", log, log, "ipc"],
  });
  closeSync(log);
  const { pid } = child;
  if (pid === undefined) throw new Error("the worker could not be started");
  const ended = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
  const isAlive = () => child.exitCode === null && child.signalCode === null;

  let isWanted = false;
  let lastPeakMb: number | null = null;

  async function exit(): Promise<number | NodeJS.Signals> {
    const [code, killer] = await ended;
    return code ?? killer ?? 0;
  }

  async function end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals> {
    isWanted ||= isAlive();
    lastPeakMb = peakMbOf(child);
    child.kill(signal);
    return exit();
  }

  return {
    pid,
    log: () => readFileSync(logFile, "utf8"),
    isAlive,
    givesUp() {
      isWanted = true;
      return exit();
    },
    death: () => (isAlive() || isWanted ? null : (child.signalCode ?? `exit code ${child.exitCode}`)),
    peakMb: () => peakMbOf(child) ?? lastPeakMb,
    kill: async () => void (await end("SIGKILL")),
    suspend: () => void child.kill("SIGSTOP"),
    resume: () => void child.kill("SIGCONT"),
    stop: () => end("SIGTERM"),
  };
}

function peakMbOf({ pid }: ChildProcess): number | null {
  try {
    const peakKb = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return peakKb === undefined ? null : Math.round(Number(peakKb) / 1_024);
  } catch {
    return null;
  }
}
