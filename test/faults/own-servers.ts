import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { inject, onTestFinished } from "vitest";
import { type NativeKafka, startKafka } from "../../src/sandbox/servers/native-kafka.ts";
import { type NativePostgres, startPostgres } from "../../src/sandbox/servers/native-postgres.ts";

const run = promisify(execFile);
const say = () => undefined;

/** A folder that is gone when the test has finished. */
export function ownFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "faults-"));
  onTestFinished(() => rmSync(folder, { recursive: true, maxRetries: 10 }));
  return folder;
}

/**
 * A folder on a small disk of its own.
 * @returns why there is none where this user may not mount one.
 */
export async function ownDisk(megabytes: number): Promise<{ folder: string } | { whyNot: string }> {
  const folder = ownFolder();
  try {
    await run("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", folder]);
  } catch (error) {
    return { whyNot: `no small disk could be mounted: ${String(error).trim()}` };
  }
  onTestFinished(async () => {
    await run("umount", ["--lazy", folder]);
  });
  return { folder };
}

/** A Kafka that may be killed, until the test has finished. */
export async function ownKafka(folder = ownFolder()): Promise<NativeKafka> {
  const kafka = await startKafka({ folder, jars: inject("jars"), say });
  onTestFinished(() => kafka.kill9());
  return kafka;
}

/** A Postgres that may be killed, until the test has finished. */
export async function ownPostgres(folder = ownFolder()): Promise<NativePostgres> {
  const postgres = await startPostgres({ folder, say });
  onTestFinished(() => postgres.kill9());
  return postgres;
}
