import { readdirSync, readlinkSync } from "node:fs";
import { commandOf } from "./command-of.ts";
import { sendSignal } from "./server-process.ts";
import { waitUntil } from "./wait-until.ts";

/**
 * Kills the sessions that a killed Postgres left in its data folder.
 *
 * Each ends by itself once it notices that its parent is gone, but one in the middle of a long query does not look, and
 * until then its memory keeps a new Postgres from starting. Other systems than Linux do not tell a process's folder.
 */
export async function endPostgresOrphans(data: string): Promise<void> {
  await waitUntil(() => {
    const orphans = sessionsIn(data);
    for (const pid of orphans) sendSignal(pid, "SIGKILL");
    return orphans.length === 0;
  }, 10_000);
}

function sessionsIn(data: string): number[] {
  if (process.platform !== "linux") return [];
  const pids = readdirSync("/proc").map(Number).filter(Number.isInteger);
  return pids.filter((pid) => folderOf(pid) === data && commandOf(pid)?.startsWith("postgres: "));
}

function folderOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}
