import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";

const listed = ["ls-files", "--cached", "--others", "--exclude-standard"];

/** Paths of all files that are in git, or would be after `git add`. */
export const repositoryFiles: readonly string[] = execFileSync("git", listed, { encoding: "utf8" })
  .split("\n")
  .filter((file) => file !== "" && existsSync(file));

/** Whether a file, or anything in a folder of that name, is in git. */
export function isInRepository(path: string): boolean {
  return repositoryFiles.some((file) => file === path || file.startsWith(`${path}/`));
}
