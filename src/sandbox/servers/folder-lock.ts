import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { SandboxError } from "./sandbox-error.ts";

/** The right to use a folder, held by one process at a time. */
export interface FolderLock {
  /** The locked folder, absolute and without symbolic links. */
  readonly folder: string;
  /** Gives the right back; the second call does nothing. */
  readonly release: () => void;
}

/** Another process uses the folder. */
export class FolderLockedError extends SandboxError {
  override name = "FolderLockedError";

  constructor(folder: string, holder: string) {
    super(`${folder} is in use by ${holder}: stop that first (Ctrl-C in its terminal).`);
  }
}

/** Keeps the garbage collector from closing, and so unlocking, what nobody has released. */
const held = new Set<DatabaseSync>();

/**
 * Takes the lock of a folder, which is created when missing.
 *
 * It is the operating system's own file lock, reached through SQLite. The kernel releases it when its holder dies, however it
 * dies, so no lock is ever stale and no process id has to be believed: the one in `lock.pid` is only told to people.
 *
 * @throws FolderLockedError  another process, or another part of this one, holds it.
 */
export function lockFolder(path: string): FolderLock {
  mkdirSync(path, { recursive: true });
  const folder = realpathSync(path);
  const pidFile = join(folder, "lock.pid");
  const lock = new DatabaseSync(join(folder, "lock"), { timeout: 0 });
  try {
    lock.exec("begin exclusive");
  } catch (error) {
    lock.close();
    if (!isBusy(error)) throw error;
    throw new FolderLockedError(folder, holderIn(pidFile));
  }
  held.add(lock);
  writeFileSync(pidFile, String(process.pid));
  return {
    folder,
    release: () => {
      if (held.delete(lock)) lock.close();
    },
  };
}

function holderIn(pidFile: string): string {
  const pid = existsSync(pidFile) ? readFileSync(pidFile, "utf8") : "";
  return pid === "" ? "another process" : `process ${pid}`; // it may be about to write its id
}

function isBusy(error: unknown): boolean {
  const busyCode = 5; // SQLITE_BUSY
  return error instanceof Error && "errcode" in error && error.errcode === busyCode;
}
