import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { copyTree } from "../mutants/tree-copy.ts";

const root = join(import.meta.dirname, "../..");
const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  dependencies: Record<string, string>;
};

/** For a user who writes TypeScript. */
const types = ["@types/pg", "@types/node", "undici-types"];
const tsc = join(root, "node_modules/.bin/tsc");

/** A project as a user has it, with Tidemark installed from its package. */
export interface UserProject {
  readonly folder: string;
  /** Runs a program there, with this Node first on the path. @returns What it has printed. @throws when it fails, with that. */
  run(program: string, ...args: string[]): string;
  /** @throws when TypeScript, as strict as can be, has anything against these files. */
  checkTypes(...files: string[]): void;
  remove(): void;
}

/** @param begin The folder of the repository whose files are the user's. */
export function userProject(begin: string): UserProject {
  const folder = mkdtempSync(join(tmpdir(), "user-project-"));
  cpSync(join(root, begin), folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  // In a copy: test files that run side by side would write the same `dist`.
  using copy = copyTree(root);
  const tarball = runIn(copy.root, "npm", "pack", "--silent", "--pack-destination", folder).trim();
  link(folder, Object.keys(dependencies));
  // All that it depends on is there, so nothing is asked of a registry; scripts would run in the checkout's packages.
  const alone = ["--silent", "--offline", "--ignore-scripts", "--no-save"];
  runIn(folder, "npm", "install", ...alone, join(folder, tarball));
  link(folder, types);
  return {
    folder,
    run: (program, ...args) => runIn(folder, program, ...args),
    checkTypes(...files) {
      const flags = ["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--allowImportingTsExtensions"];
      const target = ["--ignoreConfig", "--module", "nodenext", "--target", "es2024", "--types", "node"];
      runIn(folder, tsc, ...flags, ...target, ...files);
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}

function runIn(cwd: string, program: string, ...args: string[]): string {
  const env = { PATH: [dirname(process.execPath), process.env["PATH"]].join(delimiter) };
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, env, encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")} failed:\n${stderr}${stdout}`);
  return stdout;
}

/** Installs packages of the checkout. */
function link(folder: string, names: readonly string[]): void {
  for (const name of names) {
    mkdirSync(join(folder, "node_modules", name, ".."), { recursive: true });
    symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name));
  }
}
