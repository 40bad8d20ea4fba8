import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");

/** What the example needs beside `tidemark`, and what `tidemark/consumer` itself needs. */
const dependencies = ["kafkajs", "pg", "zod"];
/** For its types alone. */
const types = ["@types/pg", "@types/node", "undici-types"];

/** A project as a user has it: an example, and Tidemark installed from its package. */
export interface UserProject {
  readonly folder: string;
  remove(): void;
}

/** @param example A folder of `examples/`. */
export function userProject(example: string): UserProject {
  const folder = mkdtempSync(join(tmpdir(), "user-project-"));
  cpSync(join(root, "examples", example), folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  const installed = join(folder, "node_modules/tidemark");
  mkdirSync(installed, { recursive: true });
  const tarball = execFileSync("npm", ["pack", "--silent", "--pack-destination", folder], {
    cwd: root,
    encoding: "utf8",
  }).trim();
  execFileSync("tar", ["-xzf", join(folder, tarball), "-C", installed, "--strip-components", "1"]);
  for (const name of [...dependencies, ...types]) {
    mkdirSync(join(folder, "node_modules", name, ".."), { recursive: true });
    symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name));
  }
  return { folder, remove: () => rmSync(folder, { recursive: true }) };
}
