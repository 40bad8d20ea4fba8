import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { FolderLockedError, lockFolder } from "../../../src/sandbox/servers/folder-lock.ts";

const newFolder = () => realpathSync(mkdtempSync(join(tmpdir(), "lock-")));

function lockAndRelease(path: string): string {
  const { folder, release } = lockFolder(path);
  release();
  return folder;
}

/** Resolves when another process holds the lock of `folder`. */
async function lockElsewhere(folder: string) {
  const module = join(import.meta.dirname, "../../../src/sandbox/servers/folder-lock.ts");
  const script = `(await import(${JSON.stringify(module)})).lockFolder(${JSON.stringify(folder)});
    console.log("locked"); setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script]);
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child.stdout, "data");
  return child;
}

test("a locked folder is refused to everybody else, naming the process that holds it", async () => {
  const folder = newFolder();
  const holder = await lockElsewhere(folder);
  expect(() => lockFolder(folder)).toThrow(FolderLockedError);
  expect(() => lockFolder(folder)).toThrow(`${folder} is in use by process ${holder.pid}: `);
});

test("the lock of a process that was killed is free", async () => {
  const folder = newFolder();
  const holder = await lockElsewhere(folder);
  holder.kill("SIGKILL");
  await once(holder, "exit");
  expect(lockAndRelease(folder)).toBe(folder);
});

test("a process id that was left behind is not believed, even when a program has that number", () => {
  const folder = newFolder();
  lockAndRelease(folder);
  writeFileSync(join(folder, "lock.pid"), String(process.ppid));
  expect(lockAndRelease(folder)).toBe(folder);
});

test("a lock is refused to the process that holds it, until it is released", () => {
  const folder = newFolder();
  const lock = lockFolder(folder);
  expect(() => lockFolder(folder)).toThrow(FolderLockedError);
  lock.release();
  lock.release();
  expect(lockAndRelease(folder)).toBe(folder);
});

test("the first lock of a folder creates it", () => {
  const folder = join(newFolder(), "a", "b");
  expect(lockAndRelease(folder)).toBe(folder);
});
