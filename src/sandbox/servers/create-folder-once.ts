import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";

/**
 * Creates `folder` with what `fill` puts into it, unless it is there already.
 *
 * It is filled under another name and renamed when complete, so a killed process never leaves half of it behind.
 */
export async function createFolderOnce(folder: string, fill: (partial: string) => Promise<void>): Promise<void> {
  if (existsSync(folder)) return;
  const partial = `${folder}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true, mode: 0o700 });
  await fill(partial);
  await rename(partial, folder);
}
