import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterAll, afterEach, expect, inject, test } from "vitest";
import { load } from "js-yaml";
import { endServer, serverPid } from "../../src/sandbox/servers/server-process.ts";
import { controlOf } from "../../src/sandbox/upstreams/control-client.ts";
import { type ProgramProcess, program, startProgram } from "../support/program-process.ts";

/**
 * The sandbox as a person runs it: a process in a folder that only its owner can enter (`mkdtemp` makes such). The tests share
 * the folder, and each goes on from what the one before it has left: that is what the sandbox is for.
 */
const home = realpathSync(mkdtempSync(join(tmpdir(), "sandbox-")));
const folder = join(home, ".sandbox");
mkdirSync(folder);
symlinkSync(dirname(inject("jars")), join(folder, "jars"));

const env = { ...process.env };
delete env["TIDEMARK_POSTGRES_URL"];
delete env["TIDEMARK_KAFKA_BROKERS"];
const started: ProgramProcess[] = [];

/** `npm start`, as people do: npm gets every signal of the terminal, too, and passes it on. */
function npmStart(): ProgramProcess {
  const ours = readFileSync(join(import.meta.dirname, "../../package.json"), "utf8");
  writeFileSync(join(home, "package.json"), ours.replace(/(?<="start": .*)src\/bin\.js/, program));
  const path = [dirname(process.execPath), process.env["PATH"]].join(delimiter);
  const sandbox = startProgram([], { cwd: home, env: { ...env, PATH: path }, command: ["npm", "start"] });
  started.push(sandbox);
  return sandbox;
}

function startSandbox(...options: string[]): ProgramProcess {
  const sandbox = startProgram(["sandbox", ...options], { cwd: home, env });
  started.push(sandbox);
  return sandbox;
}

/** Command lines of running programs that name the folder: servers and worker do. */
function leftRunning(): string[] {
  const all = execFileSync("ps", ["-ww", "-eo", "args="], { encoding: "utf8" });
  return all.split("\n").filter((line) => line.includes(folder));
}

const events = (sandbox: ProgramProcess) => sandbox.lines.filter((line) => eventLine.test(line));
const eventLine =
  /^\d\d:\d\d:\d\d\.\d{3} (inserted|updated|deleted) +acme-(idn|hr|ats|rest|apps|school)\/[\w-]+ v\d+/;
const summaryLine =
  /^-- \d+ inserted, \d+ updated, \d+ deleted(; lag [\d.]+ m?s \(max [\d.]+ m?s\))?; journal \d+$/;

/** What it has said, without the dots that it prints while something takes long. */
const spoken = ({ lines }: ProgramProcess) => lines.filter((line) => !/^\.+$/.test(line));

function verdictOf(sandbox: ProgramProcess): { events: number; accounts: number } {
  const [, ok, version, accounts] =
    /^verdict: (ok), .* \((\d+) events, (\d+) accounts, 6 sources\)$/.exec(sandbox.lines.at(-1) ?? "") ?? [];
  expect(ok, sandbox.lines.slice(-20).join("\n")).toBe("ok");
  return { events: Number(version), accounts: Number(accounts) };
}

/** Exit code 0 and nothing left behind. */
const stoppedWell = { code: 0, left: [] };

async function stopped(sandbox: ProgramProcess): Promise<{ code: number | string; left: string[] }> {
  return { code: await sandbox.ended, left: leftRunning() };
}

afterEach(() => {
  for (const { pid, ended } of started.splice(0)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      void ended; // it has ended, as it should
    }
  }
});
afterAll(async () => {
  for (const server of ["", "kafka", "postgres"]) await endServer(join(folder, server), "SIGKILL", 10_000);
  rmSync(home, { recursive: true, force: true, maxRetries: 10 });
});

let publishedSoFar = 0;

test("a first run shows every event, summaries and, as its last line, that topics and truth are equal", async () => {
  const sandbox = startSandbox("--duration", "8");
  expect(await stopped(sandbox)).toEqual(stoppedWell);

  const { events: published, accounts } = verdictOf(sandbox);
  expect(accounts).toBeGreaterThan(2_900);
  const unseen = sandbox.lines.filter((line) => !eventLine.test(line)).join("\n");
  expect(events(sandbox).length, unseen).toBe(published);
  expect(sandbox.lines.filter((line) => line.startsWith("-- ")).every((line) => summaryLine.test(line))).toBe(
    true,
  );
  const others = sandbox.lines.filter((line) => !eventLine.test(line) && !line.includes(folder));
  expect(others.filter((line) => line.length > 80 || /^\s*at |^\{/.test(line))).toEqual([]);
  publishedSoFar = published;
});

test("Ctrl-C stops worker, Kafka and Postgres, in this order; the second start in a folder says that it is in use", async () => {
  const sandbox = npmStart();
  await sandbox.said(summaryLine);

  const second = startSandbox();
  expect(await second.ended).toBe(1);
  expect(second.lines).toEqual([
    expect.stringMatching(
      /^tidemark: .*\/\.sandbox is in use by process \d+: stop that first \(Ctrl-C in its terminal\)\.$/,
    ),
  ]);

  const [postgresUp, running] = [logLines("postgres/log").length, logLines("worker.log").length];
  sandbox.signalGroup("SIGINT");
  expect(await stopped(sandbox)).toEqual(stoppedWell);
  expect(spoken(sandbox).slice(-2).join()).toMatch(/stopping the worker.*stopping Kafka, then Postgres/);
  // Had Kafka or Postgres gone first, the worker would have complained while it drained.
  const drained = logLines("worker.log").slice(running);
  expect(drained.at(-1)).toContain('"worker.stopped"');
  const complaints = drained.filter((line) => /"level":"(warn|error)"/.test(line));
  // Where everything takes long, a publisher may just have opened.
  expect(complaints.filter((line) => !line.includes('"kafka.weak-durability"'))).toEqual([]);
  expect(logLines("kafka/log").at(-1)).toContain("App info kafka.server for 1 unregistered");
  expect(logLines("postgres/log").slice(postgresUp).join()).toContain("received fast shutdown request");
  // The upstreams went on where they had stopped: nobody was inserted anew.
  expect(events(sandbox).length).toBeLessThan(500);
});

test("SIGTERM to the sandbox alone does the same", async () => {
  const sandbox = startSandbox();
  await sandbox.said(summaryLine);
  process.kill(sandbox.pid, "SIGTERM");
  expect(await stopped(sandbox)).toEqual(stoppedWell);
});

test("too many deletes wait until a person approves them, with the commands that are shown at the start", async () => {
  const sandbox = startSandbox();
  await sandbox.said(summaryLine);
  const shown = sandbox.lines.findIndex((line) => line.startsWith("to see a hold"));
  const [curl = "", ...commands] = sandbox.lines.slice(shown + 1, shown + 4).map((line) => line.trim());
  execFileSync("sh", ["-c", curl], { cwd: home });
  // Now and then somebody else leaves it, too.
  await sandbox.said(/^== 25\d changes wait for a person: tidemark hold list$/);
  const held = () => events(sandbox).filter((line) => / deleted +acme-school\//.test(line)).length;
  const before = held();

  for (const command of commands) {
    const words = command.replace("npx tidemark ", "").split(" ");
    const typed = startProgram(words, { cwd: home, env });
    started.push(typed);
    expect(await typed.ended, typed.lines.join("\n")).toBe(0);
    expect(typed.lines.join("\n")).toMatch(/\bacme-school\b/);
  }
  await expect
    .poll(() => held() - before, { timeout: 30_000, message: logLines("worker.log").slice(-20).join("\n") })
    .toBeGreaterThanOrEqual(250);
  process.kill(sandbox.pid, "SIGTERM");
  expect(await stopped(sandbox)).toEqual(stoppedWell);
});

test("after kill -9, of the sandbox or of its worker too, the next start adopts the servers and publishes nothing twice", async () => {
  const first = startSandbox();
  await first.said(summaryLine);
  const worker = serverPid(folder);
  first.signalGroup("SIGKILL");
  expect(await first.ended).toBe("SIGKILL");
  // It notices by itself, drains and ends; the servers stay.
  await expect.poll(() => serverPid(folder), { timeout: 15_000 }).toBeUndefined();
  expect(leftRunning()).toHaveLength(2);

  const second = startSandbox();
  await second.said(/^Kafka: process \d+ still runs from an earlier start/);
  await second.said(/^Postgres: process \d+ still runs from an earlier start/);
  await second.said(summaryLine);
  const secondWorker = serverPid(folder);
  expect(secondWorker).not.toBe(worker);
  process.kill(secondWorker ?? 0, "SIGKILL");
  second.signalGroup("SIGKILL");
  await second.ended;

  const third = startSandbox("--duration", "4");
  expect(await stopped(third)).toEqual(stoppedWell);
  expect(verdictOf(third).events).toBeGreaterThan(publishedSoFar);
});

test("a dead worker is told with its last words, and everything else is stopped", async () => {
  const sandbox = startSandbox();
  await sandbox.said(summaryLine);
  process.kill(serverPid(folder) ?? 0, "SIGKILL");
  expect(await sandbox.ended).toBe(1);
  expect(spoken(sandbox).at(-1)).toBe(`tidemark: the worker ended (SIGKILL); see ${folder}/worker.log`);
  expect(leftRunning()).toEqual([]);
});

test("--fresh ends a worker that hangs and discards everything; Ctrl-C while the servers start leaves nothing", async () => {
  const hanging = startSandbox();
  await hanging.said(summaryLine);
  const worker = serverPid(folder) ?? 0;
  process.kill(worker, "SIGSTOP");
  hanging.signalGroup("SIGKILL");
  await hanging.ended;

  const fresh = startSandbox("--fresh");
  await fresh.said(new RegExp(`^worker: process ${worker} still runs from an earlier start, ending it`));
  await fresh.said(/^discarding what earlier runs have left/);
  await fresh.said(/^Kafka: (formatting|starting)/);
  fresh.signalGroup("SIGINT");
  expect(await stopped(fresh)).toEqual(stoppedWell);
});

test("what changes behind Tidemark's back makes the verdict differ, with exit code 1", async () => {
  const sandbox = startSandbox("--duration", "6");
  await sandbox.said(/^folding the topics/);
  const { sources } = load(readFileSync(join(folder, "tidemark.yaml"), "utf8")) as {
    sources: Record<string, { settings: { baseUrl: string } }>;
  };
  const bamboohr = controlOf(sources["acme-hr"]?.settings.baseUrl ?? "");
  const [changed] = await bamboohr.mutate({
    changes: [{ op: "update", id: "7", changes: { jobTitle: "Pilot" } }],
  });
  expect(changed).toBeDefined();

  expect(await sandbox.ended).toBe(1);
  const [, published] =
    /^verdict: differs, 1 difference \((\d+) events, /.exec(sandbox.lines.at(-1) ?? "") ?? [];
  expect(sandbox.lines.at(-2)).toMatch(/^acme-hr\/7: jobTitle is ".*" in the topic and "Pilot" upstream$/);
  expect(leftRunning()).toEqual([]);
  // After --fresh everybody was inserted anew.
  expect(Number(published)).toBeGreaterThanOrEqual(3_000);
});

function logLines(name: string): string[] {
  return readFileSync(join(folder, name), "utf8").trim().split("\n");
}
