import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { unprivileged } from "../../../src/sandbox/servers/unprivileged.ts";
import { onlyPrograms } from "../../support/only-programs.ts";

afterEach(() => vi.unstubAllEnvs());

const isRoot = process.getuid?.() === 0;

/** A program, in a folder only its owner can enter, that writes there and says which user it is. */
function privateProgram(): { folder: string; program: string } {
  const folder = mkdtempSync(join(tmpdir(), "private-")); // has mode 0700
  const program = join(folder, "program");
  writeFileSync(program, `#!/bin/sh\necho x > ${folder}/written && id -u\n`, { mode: 0o755 });
  return { folder, program };
}

test("a program that refuses root runs as another user, in a folder only its owner can enter", async () => {
  const { folder, program } = privateProgram();
  const { prefix, user } = await unprivileged(program, folder);
  const [file, ...args] = [...prefix, program];
  expect(Number(execFileSync(file, args, { ...user, encoding: "utf8" }))).toBeGreaterThan(0);
});

test.runIf(isRoot)("where neither namespaces nor the user nobody will do, one sentence says so", async () => {
  const { folder, program } = privateProgram();
  onlyPrograms({ unshare: "exit 1", id: "echo 65534" });
  await expect(unprivileged(program, folder)).rejects.toThrow(
    /the user nobody cannot reach .*: start as another user, .*\.$/,
  );
});
