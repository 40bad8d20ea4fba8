import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SandboxError } from "./servers/sandbox-error.ts";
import { endServer, serverPid } from "./servers/server-process.ts";

/** A worker in a process of its own, as in production. */
export interface WorkerProcess {
  /** Resolves when it has ended by itself, with its last words; never when it was stopped. */
  readonly died: Promise<SandboxError>;
  /** Asks it to drain and waits until it has ended; nothing happens when it has. */
  stop(): Promise<void>;
}

/** The files of a worker, in the folder that also keeps its process id. */
export interface WorkerFiles {
  /** Absolute, without symbolic links. */
  folder: string;
  configFile: string;
  logFile: string;
}

/** A worker that has not drained by then is ended: nothing is lost, another finishes its work. */
const drainTimeoutMs = 30_000;
/** One that a killed sandbox has left began to drain when it was left. */
const leftTimeoutMs = 10_000;

/** Beside `dist`, where this file is when the package is installed. */
const program = join(import.meta.dirname, "../../src/bin.js");

/**
 * Runs `tidemark run` in a session of its own: Ctrl-C at the terminal reaches only the sandbox, which stops it in order.
 * When the sandbox is killed, the channel between the two ends, and the worker drains by itself.
 */
export function startWorkerProcess(
  { folder, configFile, logFile }: WorkerFiles,
  say: (line: string) => void,
): WorkerProcess {
  const log = openSync(logFile, "a", 0o600);
  const logStart = statSync(logFile).size;
  const child = spawn(process.execPath, [program, "run", "--config", configFile, "--http-port", "0"], {
    detached: true,
    stdio: ["ignore", log, log, "ipc"],
  });
  closeSync(log);
  if (child.pid !== undefined) writeFileSync(join(folder, "pid"), String(child.pid));
  let isStopping = false;

  return {
    died: new Promise((resolve) => {
      child.once("error", (cause) => resolve(new SandboxError(`the worker did not start: ${cause.message}`)));
      child.once("exit", (code, signal) => {
        if (isStopping) return;
        const how = signal ?? `exit code ${code}`;
        resolve(new SandboxError(`the worker ended (${how}); see ${logFile}${lastWords(logFile, logStart)}`));
      });
    }),
    async stop() {
      if (hasEnded(child)) return;
      say("stopping the worker");
      isStopping = true;
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      const forced = setTimeout(() => child.kill("SIGKILL"), drainTimeoutMs);
      await ended;
      clearTimeout(forced);
    },
  };
}

/** Ends the worker that a killed sandbox has left in its folder, where there is one. */
export async function endLeftWorker(folder: string, say: (line: string) => void): Promise<void> {
  const pid = serverPid(folder);
  if (pid === undefined) return;
  say(`worker: process ${pid} still runs from an earlier start, ending it`);
  if (await endServer(folder, "SIGTERM", leftTimeoutMs)) return;
  await endServer(folder, "SIGKILL", leftTimeoutMs);
}

function hasEnded({ pid, exitCode, signalCode }: ChildProcess): boolean {
  return pid === undefined || exitCode !== null || signalCode !== null;
}

/** What the worker said to a person, which is not JSON as its log is. */
function lastWords(logFile: string, from: number): string {
  const lines = readFileSync(logFile).subarray(from).toString("utf8").split("\n");
  const words = lines.filter((line) => line !== "" && !line.startsWith("{")).slice(-5);
  return words.length === 0 ? "" : `:\n${words.join("\n")}`;
}
