import { execFileSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Mutant, mutated } from "./mutant.ts";

/** A copy of the work tree as it is, uncommitted changes included. */
export interface TreeCopy extends Disposable {
  readonly root: string;
  /** Puts a fault in. @returns what takes it out again. */
  mutate(mutant: Mutant): Disposable;
}

/** What is shared with the tree: packages, and the servers that tests start. */
const linked = ["node_modules", ".sandbox"];

/** @param root The repository. */
export function copyTree(root: string): TreeCopy {
  const copy = mkdtempSync(join(tmpdir(), "tidemark-mutants-"));
  // Postgres runs as another user.
  chmodSync(copy, 0o755);
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
  });
  for (const file of listed.split("\0").filter((file) => file !== "" && existsSync(join(root, file))))
    cpSync(join(root, file), join(copy, file));
  for (const folder of linked) {
    mkdirSync(join(root, folder), { recursive: true });
    symlinkSync(join(root, folder), join(copy, folder));
  }
  return {
    root: copy,
    mutate(mutant) {
      const file = join(copy, mutant.file);
      const original = readFileSync(file, "utf8");
      writeFileSync(file, mutated(original, mutant));
      return { [Symbol.dispose]: () => writeFileSync(file, original) };
    },
    [Symbol.dispose]: () => rmSync(copy, { recursive: true }),
  };
}
