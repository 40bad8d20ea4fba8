import { spawnSync } from "node:child_process";
import { afterEach, describe, expect, test, vi } from "vitest";
import { onlyPrograms } from "./support/only-programs.ts";

afterEach(() => vi.unstubAllEnvs());

/** Runs `.ci/run` with an npm that does what the script says at `case "$*"`. */
function ciRun(npm: string): ReturnType<typeof runScript> {
  const path = process.env["PATH"] ?? "";
  onlyPrograms({ npm: `case "$*" in ${npm} esac` });
  vi.stubEnv("PATH", `${process.env["PATH"]}:${path}`);
  return runScript();
}

function runScript() {
  const { status, stdout, stderr } = spawnSync("/bin/bash", [".ci/run"], { encoding: "utf8" });
  return { status, lastLine: stdout.trimEnd().split("\n").at(-1), stdout, stderr };
}

describe("the script of continuous integration", () => {
  test("ends with the tests' closing line when all is well", () => {
    const run = ciRun('test) echo "12 passed, 0 failed"; echo "servers stopped";;');
    expect(run).toMatchObject({ status: 0, lastLine: "12 passed, 0 failed" });
  });

  test("shows what was skipped, before the closing line", () => {
    const run = ciRun('test) echo "3 skipped"; echo "12 passed, 0 failed";;');
    expect(run).toMatchObject({ status: 0, lastLine: "12 passed, 0 failed" });
    expect(run.stdout).toContain("3 skipped\n");
  });

  test("fails when a test fails", () => {
    const run = ciRun('test) echo "11 passed, 1 failed"; exit 1;;');
    expect(run).toMatchObject({ status: 1, lastLine: "11 passed, 1 failed" });
  });

  test("runs the tests although the checks failed, and counts those as one failure", () => {
    const run = ciRun('"run check") exit 1;; test) echo "12 passed, 0 failed";;');
    expect(run).toMatchObject({ status: 1, lastLine: "12 passed, 1 failed" });
  });

  test("fails when the tests die before they could count", () => {
    const run = ciRun('test) echo "Kafka did not start"; exit 1;;');
    expect(run).toMatchObject({ status: 1, lastLine: "0 passed, 1 failed" });
  });

  test("fails when the tests fail without a failed test", () => {
    const run = ciRun('test) echo "12 passed, 0 failed"; exit 1;;');
    expect(run).toMatchObject({ status: 1, lastLine: "12 passed, 1 failed" });
  });

  test("runs nothing on a failed installation", () => {
    const run = ciRun('ci) exit 1;; *) echo "ran $*";;');
    expect(run).toMatchObject({ status: 1, lastLine: "0 passed, 1 failed" });
    expect(run.stdout).not.toContain("ran");
  });

  test("says what to install where there is no Node", () => {
    onlyPrograms({ dirname: "echo .ci" });
    const run = runScript();
    expect(run).toMatchObject({ status: 1, lastLine: "0 passed, 1 failed" });
    expect(run.stderr).toBe("node is missing: install Node 20 or newer, which brings npm\n");
  });
});
