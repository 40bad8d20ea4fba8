import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { SandboxError } from "./sandbox-error.ts";
import { endServer, serverPid } from "./server-process.ts";
import { waitUntil } from "./wait-until.ts";

/** A server program and how to talk to it. */
export interface ServerProgram {
  readonly name: string;
  /** Where its `pid` and `log` are kept; absolute, without symbolic links, exists. */
  readonly folder: string;
  /** Program and arguments; one of them is a path in `folder`. */
  readonly command: readonly string[];
  readonly user?: { readonly uid?: number; readonly gid?: number };
  /** What asks it to end in good order. */
  readonly stopSignal: NodeJS.Signals;
  /** Ends and removes what a killed one leaves behind and the next would trip over. */
  clearAway?(): Promise<void>;
  /** Whether it serves requests, and is the right one. */
  answers(): Promise<boolean>;
}

/** A server that outlives the process that started it, and is found again by the next. */
export interface DetachedServer {
  /** Its process id; undefined while it does not run. */
  pid(): number | undefined;
  /** Resolves when it answers: one that still runs is adopted, or ended when it does not answer. */
  start(): Promise<void>;
  /** Ends it in good order, by force when it takes too long; nothing happens when it does not run. */
  stop(): Promise<void>;
  /** Kills it, and what it has started, as a crash would; resolves when they are gone. */
  kill9(): Promise<void>;
}

const startTimeoutMs = 120_000;
const killTimeoutMs = 10_000;
/** How long a server that still runs may take to answer, and one that is stopped to end. */
const usualPatience = { adoptTimeoutMs: 10_000, stopTimeoutMs: 20_000 };

/** Runs `program` in a session of its own, so that Ctrl-C at the terminal does not reach it. */
export function detachedServer(
  program: ServerProgram,
  say: (line: string) => void,
  { adoptTimeoutMs, stopTimeoutMs } = usualPatience,
): DetachedServer {
  const { name, folder } = program;
  const logFile = join(folder, "log");
  const pid = () => serverPid(folder);

  async function start(): Promise<void> {
    if (await adopt()) return;
    await stop();
    say(`${name}: starting`);
    const startedAtMs = performance.now();
    await program.clearAway?.();
    // Begun anew with each start: a server that is used for months would fill the disk.
    const log = openSync(logFile, "w", 0o600);
    const child = spawnDetached(program, log);
    closeSync(log);
    await once(child, "spawn");
    const hasDied = () => child.exitCode !== null || child.signalCode !== null;
    const answers = () => program.answers();
    if (!(await waitUntil(answers, startTimeoutMs, () => !hasDied()))) {
      await stop();
      const what = hasDied() ? "died while starting" : `did not answer within ${startTimeoutMs / 1000} s`;
      throw new SandboxError(`${name} ${what}; the end of ${logFile}:\n${lastLines(logFile)}`);
    }
    say(`${name}: ready after ${((performance.now() - startedAtMs) / 1000).toFixed(1)} s`);
  }

  /** Resolves to whether one that still runs answers. */
  async function adopt(): Promise<boolean> {
    const running = pid();
    if (running === undefined) return false;
    say(`${name}: process ${running} still runs from an earlier start`);
    return waitUntil(
      () => program.answers(),
      adoptTimeoutMs,
      () => pid() === running,
    );
  }

  async function stop(): Promise<void> {
    if (await endServer(folder, program.stopSignal, stopTimeoutMs)) return;
    await kill9();
  }

  async function kill9(): Promise<void> {
    const isGone = await endServer(folder, "SIGKILL", killTimeoutMs);
    if (!isGone) throw new SandboxError(`${name}: process ${pid()} cannot be killed.`);
    await program.clearAway?.();
  }

  return { pid, start, stop, kill9 };
}

function spawnDetached({ folder, command, user }: ServerProgram, log: number): ChildProcess {
  // The shell records its own id before it becomes the server: whenever this process is killed, the id is on disk.
  const script = 'echo $$ >"$0" && exec "$@"';
  const child = spawn("sh", ["-c", script, join(folder, "pid"), ...command], {
    cwd: folder,
    detached: true,
    stdio: ["ignore", log, log],
    ...user,
  });
  child.unref();
  return child;
}

function lastLines(logFile: string): string {
  return readFileSync(logFile, "utf8").trim().split("\n").slice(-20).join("\n");
}
