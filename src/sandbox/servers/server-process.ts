import { readFileSync } from "node:fs";
import { join } from "node:path";
import { commandOf } from "./command-of.ts";
import { waitUntil } from "./wait-until.ts";

/**
 * The id of the process that runs the server of a folder, whoever started it; undefined while none does.
 *
 * @param folder  Absolute and without symbolic links: where the server's `pid` file is, and its configuration or data.
 */
export function serverPid(folder: string): number | undefined {
  const pid = recordedPid(join(folder, "pid"));
  // The number of a dead process is given to others: only the server of this folder is run with a path in this folder.
  return pid !== undefined && commandOf(pid)?.includes(`${folder}/`) ? pid : undefined;
}

/** Sends `signal` to the server of a folder; resolves to whether it is gone, at the latest after `timeoutMs`. */
export async function endServer(folder: string, signal: NodeJS.Signals, timeoutMs: number): Promise<boolean> {
  const pid = serverPid(folder);
  if (pid === undefined) return true;
  sendSignal(pid, signal);
  return waitUntil(() => serverPid(folder) === undefined, timeoutMs);
}

/** Sends `signal` to a process, or does nothing when it has ended by itself. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (commandOf(pid) !== undefined) throw error;
  }
}

function recordedPid(pidFile: string): number | undefined {
  try {
    return Number(readFileSync(pidFile, "utf8"));
  } catch {
    return undefined;
  }
}
