import { existsSync, mkdtempSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { commandOf } from "../../../src/sandbox/servers/command-of.ts";
import { detachedServer } from "../../../src/sandbox/servers/detached-server.ts";

const newFolder = () => realpathSync(mkdtempSync(join(tmpdir(), "server-")));

/** A server that is nothing but a shell script; it is up when file `up` is there, unless `answers` says otherwise. */
function scripted(script: string, folder = newFolder(), answers = () => existsSync(join(folder, "up"))) {
  const server = detachedServer(
    {
      name: "Script",
      folder,
      command: ["sh", "-c", script, join(folder, "data")],
      stopSignal: "SIGTERM",
      answers: () => Promise.resolve(answers()),
    },
    () => undefined,
    { adoptTimeoutMs: 500, stopTimeoutMs: 500 },
  );
  onTestFinished(() => server.kill9());
  return server;
}

test("a server that dies while starting shows the end of its log", async () => {
  const folder = newFolder();
  const server = scripted("seq 100; echo no space left >&2; exit 3", folder);
  await expect(server.start()).rejects.toThrow(
    `Script died while starting; the end of ${folder}/log:\n82\n`, // 20 lines
  );
  await expect(server.start()).rejects.toThrow("\n100\nno space left");
});

test("a server whose program does not exist is told apart from one that waits", async () => {
  const server = scripted("exec /nowhere/server");
  await expect(server.start()).rejects.toThrow(/died while starting;.*\n.*not found/);
});

test("a process that still runs and does not answer is ended and replaced", async () => {
  const folder = newFolder();
  const script = "touch up; while :; do sleep 0.1; done";
  const first = scripted(script, folder);
  await first.start();
  const stuck = first.pid() ?? 0;
  const next = scripted(script, folder, () => next.pid() !== undefined && next.pid() !== stuck);
  await next.start();
  expect(commandOf(stuck)).toBeUndefined();
  expect(next.pid()).toBeDefined();
});

test("a process that ignores the signal to stop is killed in the end", async () => {
  const server = scripted("trap '' TERM; touch up; while :; do sleep 0.1; done");
  await server.start();
  const pid = server.pid() ?? 0;
  await server.stop();
  expect(commandOf(pid)).toBeUndefined();
});
