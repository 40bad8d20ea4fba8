import { execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { program as commands } from "../../src/cli/program.ts";
import { version } from "../../src/version.ts";
import { commandsIn } from "../support/commands-in.ts";
import { allCommands } from "../support/parsed-command.ts";
import { program } from "../support/program-process.ts";

const folder = mkdtempSync(join(tmpdir(), "command-line-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs the real program in an empty folder, with nothing in its environment. */
async function tidemark(args: readonly string[], { node = process.execPath, env = {} } = {}): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(node, [program, ...args], { cwd: folder, env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

test.each(["version", "--version"])("%s prints the version", async (how) => {
  expect(await tidemark([how])).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
});

test("who has read enough, as head does, gets no stack trace", async () => {
  const child = spawn(process.execPath, [program, "--help"], { cwd: folder, env: {} });
  child.stdout.destroy();
  let complaint = "";
  child.stderr.on("data", (chunk: Buffer) => (complaint += chunk.toString()));
  const [code] = (await once(child, "close")) as [number];
  expect({ code, complaint }).toEqual({ code: 0, complaint: "" });
});

const verbs = commands({ exitCode: 0 }).commands.flatMap((verb) =>
  verb.commands.length === 0 ? [verb.name()] : verb.commands.map((inner) => `${verb.name()} ${inner.name()}`),
);

test("the verbs are those that are promised", () => {
  expect(verbs).toEqual([
    "run",
    "migrate",
    "apply",
    "status",
    "doctor",
    "tail",
    "repair",
    "sandbox",
    "simulate",
    "schema",
    "version",
    "source list",
    "source show",
    "source pause",
    "source resume",
    "source poll",
    "source sweep",
    "source preview",
    "snapshot",
    "backfill",
    "cursor list",
    "cursor show",
    "cursor set",
    "cursor rewind",
    "cursor reset",
    "intent list",
    "intent withdraw",
    "hold list",
    "hold show",
    "hold approve",
    "hold reject",
    "quarantine list",
    "quarantine show",
    "quarantine redrive",
    "quarantine discard",
    "replay start",
    "replay list",
    "replay show",
    "replay pause",
    "replay resume",
    "replay cancel",
  ]);
});

// test/cli/examples.test.ts looks at the help of all of them.
test.each(["", "source poll"])("the help of %j has an example and fits 80 columns", async (verb) => {
  const words = verb.split(" ").filter((word) => word !== "");
  const { code, stdout, stderr } = await tidemark([...words, "--help"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(new RegExp(`\\nExample:\\n  \\$ tidemark ${verb}`));
  expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
});

const called = allCommands().map(({ words }) => words.join(" "));

describe("what is not understood ends with exit code 2 and a hint", () => {
  test.each<[string[], string]>([
    [["staus"], "error: unknown command 'staus'\n(Did you mean status?)\n"],
    [["source", "resme", "hr"], "error: unknown command 'resme'\n(Did you mean resume?)\n"],
    [["run", "--htpp-port", "1"], "error: unknown option '--htpp-port'\n(Did you mean --http-port?)\n"],
    [["hold", "aprove", "3"], "error: unknown command 'aprove'\n(Did you mean approve?)\n"],
    [["source", "poll"], "error: missing required argument 'name'\n"],
    [["run", "extra"], "error: too many arguments for 'run'."],
    [["run", "--http-port", "x"], "tidemark: --http-port must be a number from 0 to 65535, not x\n"],
    [["status", "--output", "yaml"], "tidemark: --output must be table or json, not yaml\n"],
    [["tail", "--from", "then"], "tidemark: --from must be beginning or now, not then\n"],
    [["sandbox", "--duration", "0"], "tidemark: --duration must be a number from 1 to 86400, not 0\n"],
    [["simulate", "sailpiont"], "tidemark: there is no simulated sailpiont; did you mean sailpoint?\n"],
    [
      ["simulate", "workday"],
      "tidemark: there is no simulated workday; known are sailpoint, bamboohr, kombo,\nlumos, century, rest\n",
    ],
    [
      ["simulate", "rest", "--style", "graphql"],
      "tidemark: rest has no style graphql; there are single, page, offset, cursor,\nnextUrl, linkHeader, search\n",
    ],
    [["simulate", "kombo", "--style", "page"], "tidemark: kombo has no style page; there are none\n"],
  ])("%j", async (args, hint) => {
    const { code, stdout, stderr } = await tidemark(args);
    expect(stderr).toContain(hint);
    const [next = ""] = commandsIn(stderr);
    expect(called).toContain(/^(.*?) ?--help\b/.exec(next)?.[1]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });

  test("no verb at all prints the help", async () => {
    const { code, stdout, stderr } = await tidemark([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("Usage: tidemark");
  });
});

describe("a configuration that cannot be used ends every command with exit code 2", () => {
  const faulty = file(
    "faulty.yaml",
    `prefx: a
postgres: { url: "postgres://u:t0psecret@127.0.0.1/d" }
kafka: { brokers: ["127.0.0.1"] }
sources:
  hr: { connector: bambohr, every: 10 minutes, settings: { apiKey: plain-s3cret } }
`,
  );
  test.each(["run", "migrate", "apply", "status", "tail", "source poll hr"])(
    "%s lists all faults at once",
    async (verb) => {
      expect(await tidemark([...verb.split(" "), "--config", faulty])).toEqual({
        code: 2,
        stdout: "",
        stderr: `tidemark: 4 faults in the configuration:
  - kafka.brokers.0: a broker is written host:port
  - sources.hr.every: 10 minutes is not a duration; write a number with its
    unit, such as 60s, 5m or 6h
  - prefx is not a known name; did you mean prefix?
  - sources.hr.connector: there is no connector bambohr; did you mean bamboohr?
  Correct every line that is listed: see docs/settings.md.
  To look again: tidemark doctor
`,
      });
    },
  );

  test("a file that is missing is named", async () => {
    const { code, stderr } = await tidemark(["migrate", "--config", "nowhere.yaml"]);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(
        /^tidemark: the configuration file nowhere\.yaml cannot be read\n {2}.*\n {2}To look again: tidemark doctor\n$/,
      ) as string,
    });
  });

  test("without a file and an environment it says what belongs where", async () => {
    const { code, stderr } = await tidemark(["status"]);
    expect(code).toBe(2);
    expect(stderr).toContain(
      "postgres.url is missing: it belongs into the file, or into\n    TIDEMARK_POSTGRES_URL",
    );
  });

  test("a file that is no YAML is told with the line", async () => {
    const { code, stderr } = await tidemark([
      "apply",
      "-c",
      file("broken.yaml", "prefix: a\nkafka: [1\nb: }\n"),
    ]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^tidemark: .*broken\.yaml is not YAML:\s[^]*\sat\sline\s3,\scolumn\s1/);
    expect(stderr).not.toContain("    at ");
  });
});

test.each([["migrate"], ["apply"], ["status"], ["tail"], ["source", "poll", "hr"]])(
  "%s tells a database that is away in lines of 80 columns, without its password, and ends with exit code 1",
  async (...verb) => {
    const env = {
      TIDEMARK_POSTGRES_URL: "postgres://u:t0psecret@127.0.0.1:1/d",
      TIDEMARK_KAFKA_BROKERS: "127.0.0.1:1",
    };
    const { code, stdout, stderr } = await tidemark(verb, { env });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(
      /^tidemark: Postgres could not be reached, .*\nstatement\.\n {2}.*ECONNREFUSED 127\.0\.0\.1:1\s+\(TIDEMARK_DATABASE_UNAVAILABLE\)\n {2}See what is away: tidemark doctor\n$/,
    );
    expect(stderr.split("\n").filter((line) => line.length > 80)).toEqual([]);
  },
);

test("a folder that cannot be used is told in one sentence", async () => {
  file(".sandbox", "a file where the folder should be");
  const { code, stderr } = await tidemark(["sandbox"]);
  rmSync(join(folder, ".sandbox"));
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: `tidemark: EEXIST: file already exists, mkdir '${join(folder, ".sandbox")}'\n`,
  });
});

/** A Node that is too old, where the machine has one beside ours. */
const oldNode = (process.env["PATH"] ?? "")
  .split(delimiter)
  .map((place) => join(place, "node"))
  .find((node) => {
    try {
      const found = execFileSync(node, ["--version"], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      });
      return Number(/^v(\d+)/.exec(found)?.[1]) < 24;
    } catch {
      return false;
    }
  });

test.skipIf(oldNode === undefined)(
  "a Node that is too old gets one sentence (skipped where there is none)",
  async () => {
    const { code, stdout, stderr } = await tidemark(["version"], { node: oldNode ?? "" });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^Tidemark needs Node 24 or newer, this is \d+\.\d+\.\d+\. .*\n$/);
  },
);
