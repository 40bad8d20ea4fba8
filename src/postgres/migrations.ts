import { readdir } from "node:fs/promises";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { FatalError } from "../core/errors.ts";

/** The folder of the numbered SQL files. */
export const migrationsFolder = fileURLToPath(new URL("../../migrations", import.meta.url));

/** The table, in Tidemark's schema, that names the migrations a database has had. */
export const migrationsTable = "migration";

/** The migrations of this program, in order. */
export async function knownMigrations(): Promise<string[]> {
  const files = await readdir(migrationsFolder);
  return files.map((file) => basename(file, ".sql")).sort();
}

/** @throws FatalError `TIDEMARK_DATABASE_NEWER` when a database has had a migration that this program does not know. */
export function refuseNewer(applied: readonly string[], known: readonly string[]): void {
  const unknown = applied.filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  throw new FatalError(
    "TIDEMARK_DATABASE_NEWER",
    `the database has migrations that this version does not know: ${unknown.join(", ")}`,
  );
}
