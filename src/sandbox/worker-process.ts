import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { SandboxError } from "./servers/sandbox-error.ts";

/** A worker in a process of its own, as in production. */
export interface WorkerProcess {
  /** Resolves when it has ended by itself, with what it exited with; never when it was stopped. */
  readonly died: Promise<SandboxError>;
  /** Asks it to drain and waits until it has ended. */
  stop(): Promise<void>;
}

/** A worker that has not drained by then is ended: nothing is lost, another finishes its work. */
const drainTimeoutMs = 30_000;

const program = join(import.meta.dirname, "../bin.js");

/**
 * Runs `tidemark run` in a session of its own: Ctrl-C at the terminal reaches only the sandbox, which stops it in order.
 * When the sandbox is killed, the channel between the two ends, and the worker drains by itself.
 */
export function startWorkerProcess(configFile: string, logFile: string): WorkerProcess {
  const log = openSync(logFile, "a", 0o600);
  const child = spawn(process.execPath, [program, "run", "--config", configFile, "--http-port", "0"], {
    detached: true,
    stdio: ["ignore", log, log, "ipc"],
  });
  closeSync(log);
  let isStopping = false;

  return {
    died: new Promise((resolve) => {
      child.once("exit", (code, signal) => {
        if (!isStopping)
          resolve(new SandboxError(`the worker ended (${signal ?? `exit code ${code}`}); see ${logFile}`));
      });
    }),
    async stop() {
      isStopping = true;
      if (hasEnded(child)) return;
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      const forced = setTimeout(() => child.kill("SIGKILL"), drainTimeoutMs);
      await ended;
      clearTimeout(forced);
    },
  };
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}
