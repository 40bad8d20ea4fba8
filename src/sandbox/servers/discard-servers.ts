import { rm } from "node:fs/promises";
import { join } from "node:path";
import { discardContainers, dockerAnswers } from "./docker.ts";
import type { FolderLock } from "./folder-lock.ts";
import { endPostgresOrphans } from "./postgres-orphans.ts";
import { endServer } from "./server-process.ts";

/** Ends what still runs from earlier starts in the locked folder and deletes its data; containers' volumes too. */
export async function discardServers(lock: FolderLock): Promise<void> {
  const kafka = join(lock.folder, "kafka");
  const postgres = join(lock.folder, "postgres");
  await endServer(kafka, "SIGKILL", 10_000);
  await endServer(postgres, "SIGKILL", 10_000);
  await endPostgresOrphans(join(postgres, "data"));
  for (const folder of [kafka, postgres]) await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  if (await dockerAnswers()) await discardContainers();
}
