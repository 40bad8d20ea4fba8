import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { createFolderOnce } from "../../src/sandbox/servers/create-folder-once.ts";

const run = promisify(execFile);
const requirements = join(import.meta.dirname, "../../examples/python/requirements.txt");
const environments = join(import.meta.dirname, "../../.sandbox/python");

/**
 * The Python of a virtual environment that has what the example requires; made once, and kept.
 * @throws with what is to be installed, when the machine has no Python that can make one.
 */
export async function examplePython(): Promise<string> {
  const version = createHash("sha256").update(readFileSync(requirements)).digest("hex").slice(0, 12);
  const folder = join(environments, version);
  if (!existsSync(folder)) {
    mkdirSync(environments, { recursive: true });
    await createFolderOnce(folder, async (partial) => {
      try {
        await run("python3", ["-m", "venv", partial]);
      } catch (error) {
        throw new Error(
          "examples/python is tested with python3 and its venv: install them (Debian: apt-get install python3-venv, macOS: brew install python).",
          { cause: error },
        );
      }
      await run(join(partial, "bin/python"), [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--requirement",
        requirements,
      ]);
    });
  }
  return join(folder, "bin/python");
}
