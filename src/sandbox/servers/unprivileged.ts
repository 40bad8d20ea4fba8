import { execFile } from "node:child_process";
import { chown } from "node:fs/promises";
import { promisify } from "node:util";
import { SandboxError } from "./sandbox-error.ts";

const run = promisify(execFile);

/** How to start a program that refuses to run as root: words before its command, and the user it runs as. */
export interface Unprivileged {
  readonly prefix: readonly string[];
  readonly user: { readonly uid?: number; readonly gid?: number };
}

/**
 * Finds a way to run `program` without being root, with read and write access to `folder`.
 *
 * As root on Linux that is a user namespace: inside it the program is user 1000, outside it is still root, so that it
 * reaches folders only root can enter. Where namespaces are forbidden it is the user `nobody`, who gets the folder.
 *
 * @throws SandboxError  this is root, namespaces are forbidden, and `nobody` cannot reach folder or program.
 */
export async function unprivileged(program: string, folder: string): Promise<Unprivileged> {
  if (process.getuid?.() !== 0) return { prefix: [], user: {} };
  const namespace = ["unshare", "--user", "--map-user=1000", "--map-group=1000", "--"];
  if (await succeeds([...namespace, program, "--version"])) return { prefix: namespace, user: {} };
  return { prefix: [], user: await nobody(program, folder) };
}

async function nobody(program: string, folder: string): Promise<{ uid: number; gid: number }> {
  const [uid, gid] = await Promise.all([userId("-u"), userId("-g")]);
  await chown(folder, uid, gid);
  const canRun = await succeeds([program, "--version"], { uid, gid });
  const canWrite = await succeeds(["test", "-w", folder], { uid, gid });
  if (canRun && canWrite) return { uid, gid };
  throw new SandboxError(
    `Postgres does not run as root, user namespaces are not allowed here, and the user nobody cannot reach ${canRun ? folder : program}: ` +
      "start as another user, or move the project to a folder that everybody can enter, or set TIDEMARK_POSTGRES_URL.",
  );
}

async function userId(flag: "-u" | "-g"): Promise<number> {
  return Number((await run("id", [flag, "nobody"])).stdout);
}

async function succeeds(
  [file = "", ...args]: readonly string[],
  user: { uid?: number; gid?: number } = {},
): Promise<boolean> {
  try {
    await run(file, args, user);
    return true;
  } catch {
    return false;
  }
}
