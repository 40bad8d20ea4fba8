import { existsSync } from "node:fs";
import { readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/**
 * Has `folder` created by `create`, unless it is there already.
 *
 * It is created under another name and renamed when complete, so a killed process never leaves half of it behind.
 */
export async function createFolderOnce(
  folder: string,
  create: (partial: string) => Promise<void>,
): Promise<void> {
  if (existsSync(folder)) return;
  await removeLeftovers(folder);
  // A program that outlived its killed starter may still be writing: never into the same one.
  const partial = `${folder}.partial-${process.pid}`;
  await create(partial);
  await rename(partial, folder);
}

async function removeLeftovers(folder: string): Promise<void> {
  const parent = dirname(folder);
  const leftovers = (await readdir(parent)).filter((name) => name.startsWith(`${basename(folder)}.partial-`));
  await Promise.all(
    leftovers.map((name) => rm(join(parent, name), { recursive: true, force: true, maxRetries: 10 })),
  );
}
