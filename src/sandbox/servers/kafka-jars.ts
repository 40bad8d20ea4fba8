import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { createFolderOnce } from "./create-folder-once.ts";
import { FolderLockedError, lockFolder, type FolderLock } from "./folder-lock.ts";
import { SandboxError } from "./sandbox-error.ts";
import { waitUntil } from "./wait-until.ts";

const run = promisify(execFile);
const pom = join(import.meta.dirname, "../../../ops/kafka/pom.xml");
const downloadTimeoutMs = 600_000;

/**
 * The folder with the jars that `ops/kafka/pom.xml` names, downloaded by Maven when they are not there yet.
 *
 * @param jarsFolder  Kept between starts; holds one folder per version of the pom.
 * @throws SandboxError  Maven is missing, or could not download them.
 */
export async function kafkaJars(jarsFolder: string, say: (line: string) => void): Promise<string> {
  const version = createHash("sha256")
    .update(await readFile(pom))
    .digest("hex")
    .slice(0, 12);
  const jars = join(jarsFolder, version);
  if (existsSync(jars)) return jars;
  const lock = await waitForLock(jarsFolder);
  try {
    await createFolderOnce(jars, (partial) => download(partial, say));
  } finally {
    lock.release();
  }
  return jars;
}

async function download(target: string, say: (line: string) => void): Promise<void> {
  say("downloading Kafka, 54 MB, about a minute");
  try {
    await run("mvn", ["-q", "-B", "-f", pom, "dependency:copy-dependencies", `-DoutputDirectory=${target}`]);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      throw new SandboxError(
        "Maven is needed once, to download Kafka, and `mvn` is not found: install it (Debian: apt-get install maven, macOS: " +
          "brew install maven), or start Docker, or name running brokers in TIDEMARK_KAFKA_BROKERS.",
        { cause: error },
      );
    }
    const said = error instanceof Error && "stdout" in error ? String(error.stdout).trim() : String(error);
    throw new SandboxError(`Maven could not download Kafka:\n${said}`, { cause: error });
  }
}

/** Another start may be downloading the same: its jars are worth waiting for. */
async function waitForLock(folder: string): Promise<FolderLock> {
  let lock: FolderLock | undefined;
  await waitUntil(() => {
    try {
      lock = lockFolder(folder);
    } catch (error) {
      if (!(error instanceof FolderLockedError)) throw error;
    }
    return lock !== undefined;
  }, downloadTimeoutMs);
  return lock ?? lockFolder(folder);
}
