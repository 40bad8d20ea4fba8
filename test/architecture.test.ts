import { readFileSync, readdirSync } from "node:fs";
import { posix } from "node:path";
import { describe, expect, test } from "vitest";

/** A file under src: its path from there, such as `core/diff.ts`, and its text. */
interface SourceFile {
  path: string;
  text: string;
}

type Layer =
  | "core"
  | "ports"
  | "sdk"
  /** What runs a connector outside a worker, for its author. */
  | "sdk/testing"
  | "connectors"
  | "postgres"
  | "kafka"
  | "telemetry"
  | "consumer"
  | "app"
  | "cli"
  | "api"
  | "sandbox"
  /** Files directly in src: `wire.ts`, `main.ts`, and those that know settings, secrets and the machine. */
  | "wire"
  | "main"
  | "config";

/** What a layer may import besides itself. */
const mayImport: Record<Layer, readonly Layer[] | "everything"> = {
  core: [],
  ports: ["core"],
  sdk: ["core", "ports"],
  "sdk/testing": ["core", "ports", "sdk", "connectors"],
  connectors: ["core", "ports", "sdk"],
  postgres: ["core", "ports"],
  kafka: ["core", "ports"],
  telemetry: ["core", "ports"],
  consumer: ["core"],
  app: ["core", "ports"],
  api: ["core", "ports", "app"],
  cli: ["core", "ports", "app", "consumer", "sandbox", "wire", "config"],
  sandbox: ["core", "ports", "sdk", "consumer", "wire", "config"],
  wire: "everything",
  main: ["core", "cli"],
  config: ["core", "ports", "sdk"],
};

/** Single files that are open to one more layer. */
const openFiles: Record<string, readonly Layer[]> = {
  "connectors/registry.ts": ["config"],
};

/** The only folders (or files) that may import a package. */
const packageHomes: Record<string, readonly string[]> = {
  pg: ["postgres/", "sandbox/servers/"],
  "node-pg-migrate": ["postgres/"],
  kafkajs: ["kafka/", "sandbox/servers/"],
  undici: ["connectors/", "sandbox/"],
  pino: ["telemetry/"],
  "prom-client": ["telemetry/"],
  fastify: ["api/", "sandbox/"],
  commander: ["cli/", "main.ts"],
};

/** All that the core may import from outside. */
const corePackages: Record<string, readonly string[]> = {
  "core/cursor-mark.ts": ["node:crypto"],
  "core/fingerprint.ts": ["node:crypto"],
  "core/privacy.ts": ["node:crypto"],
  "core/event-schema.ts": ["zod"],
  "core/zstd-codec.ts": ["node:util", "node:zlib"],
  "core/faults.ts": ["zod", "fastest-levenshtein"],
};

const forbiddenNames = ["utils", "helpers", "common", "manager", "service", "base", "types"];
const mostLines = 250;

/** Everything that breaks a rule, one line each: where, and what. */
function violationsOf({ path, text }: SourceFile): string[] {
  const lines = text.split("\n");
  const found = lines.flatMap((line, index) =>
    importsOf(line).flatMap((specifier) => {
      const why = specifier.startsWith(".")
        ? whyNotFile(path, posix.join(posix.dirname(path), specifier))
        : whyNotPackage(path, specifier);
      return why === null ? [] : [`src/${path}:${index + 1}: ${line.trim()} (${why})`];
    }),
  );
  const name = posix.basename(path, ".ts");
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) found.push(`src/${path}: the name is not kebab-case`);
  if (forbiddenNames.includes(name)) found.push(`src/${path}: the name says nothing`);
  // A file ends with a line break, behind which there is no further line.
  if (lines.length - 1 > mostLines) found.push(`src/${path}: longer than ${mostLines} lines`);
  return found;
}

/** What a line imports, exports from, or requires, types included. Prettier keeps the specifier on the line of its `from`. */
function importsOf(line: string): string[] {
  if (/^\s*(\/\/|\*|\/\*)/.test(line)) return [];
  const pattern =
    /(?:\bfrom\s*|^\s*import\s*|\bimport\(\s*|\brequire(?:\.resolve)?\(\s*|createRequire\([^)]*\)\()["'`]([^"'`]+)["'`]/g;
  return [...line.matchAll(pattern)].map(([, specifier]) => specifier ?? "");
}

function whyNotFile(from: string, to: string): string | null {
  const [layer, imported] = [layerOf(from), layerOf(to)];
  if (layer === null || imported === null) return "there is no such layer";
  const allowed = mayImport[layer];
  if (layer === imported || allowed === "everything" || allowed.includes(imported)) return null;
  if (openFiles[to]?.includes(layer) === true) return null;
  return `${layer} may not import ${imported}`;
}

function whyNotPackage(path: string, specifier: string): string | null {
  const name = packageOf(specifier);
  if (layerOf(path) === "core" && corePackages[path]?.includes(name) !== true) {
    return `core is pure: no ${name} here`;
  }
  const homes = packageHomes[name];
  const isAtHome = homes === undefined || homes.some((home) => path.startsWith(home));
  return isAtHome ? null : `${name} belongs to ${homes.join(", ")}`;
}

function packageOf(specifier: string): string {
  if (specifier.startsWith("node:")) return specifier;
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}

function layerOf(path: string): Layer | null {
  const [first = "", ...rest] = path.split("/");
  if (rest.length === 0) return first === "wire.ts" ? "wire" : first === "main.ts" ? "main" : "config";
  if (path.startsWith("sdk/testing/")) return "sdk/testing";
  return Object.hasOwn(mayImport, first) ? (first as Layer) : null;
}

const src = new URL("../src/", import.meta.url);
const files: SourceFile[] = readdirSync(src, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts"))
  .map((path) => ({ path, text: readFileSync(new URL(path, src), "utf8") }));

test("every file of src keeps to its layer, its packages, its length and its name", () => {
  expect(files.length).toBeGreaterThan(100);
  expect(files.flatMap(violationsOf)).toEqual([]);
});

test("the table of layers and the folders of src are the same", () => {
  const folders = readdirSync(src, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  const layers = Object.keys(mayImport).filter(
    (layer) => !["wire", "main", "config", "sdk/testing"].includes(layer),
  );
  expect(folders.toSorted()).toEqual(layers.toSorted());
});

describe("the checker", () => {
  test.each<[path: string, line: string, why: string]>([
    ["core/diff.ts", 'import type { Clock } from "../ports/clock.ts";', "core may not import ports"],
    ["core/diff.ts", 'import { randomUUID } from "node:crypto";', "core is pure: no node:crypto here"],
    ["core/faults.ts", 'import { request } from "undici";', "core is pure: no undici here"],
    ["ports/store.ts", 'export type * from "../postgres/pool.ts";', "ports may not import postgres"],
    [
      "connectors/lumos/page.ts",
      'import { pool } from "../../postgres/pool.ts";',
      "connectors may not import postgres",
    ],
    ["kafka/client.ts", '} from "../app/lane.ts";', "kafka may not import app"],
    ["app/lane.ts", 'const wire = await import("../wire.ts");', "app may not import wire"],
    ["app/lane.ts", 'import "../telemetry/pino-log.ts";', "app may not import telemetry"],
    ["consumer/fold.ts", 'import type { Log } from "../ports/log.ts";', "consumer may not import ports"],
    ["cli/run.ts", 'import { x } from "../connectors/registry.ts";', "cli may not import connectors"],
    ["config.ts", 'import { x } from "./connectors/budget.ts";', "config may not import connectors"],
    ["main.ts", 'import { wireStore } from "./wire.ts";', "main may not import wire"],
    ["core/diff.ts", 'import { x } from "../config.ts";', "core may not import config"],
    ["sdk/index.ts", 'import { x } from "./testing/index.ts";', "sdk may not import sdk/testing"],
    ["app/lane.ts", 'import { x } from "../lib/x.ts";', "there is no such layer"],
    ["app/lane.ts", 'import { Pool } from "pg";', "pg belongs to postgres/, sandbox/servers/"],
    [
      "api/server.ts",
      'const client = require("kafkajs/src/client.js");',
      "kafkajs belongs to kafka/, sandbox/servers/",
    ],
    ["app/lane.ts", 'createRequire(import.meta.url)("undici")', "undici belongs to connectors/, sandbox/"],
    ["wire.ts", 'import { pino } from "pino";', "pino belongs to telemetry/"],
  ])("names the line: %s: %s", (path, line, why) => {
    expect(violationsOf({ path, text: `// first\n${line}\n` })).toEqual([`src/${path}:2: ${line} (${why})`]);
  });

  test.each<[path: string, line: string]>([
    ["core/fingerprint.ts", 'import { hash } from "node:crypto";'],
    ["connectors/lumos/page.ts", 'import { paged } from "../paged.ts";'],
    ["wire.ts", 'import { pool } from "./postgres/pool.ts";'],
    ["sdk/testing/trial.ts", 'import { budget } from "../../connectors/budget.ts";'],
    ["config.ts", 'import { connectors } from "./connectors/registry.ts";'],
    ["kafka/patch.ts", 'createRequire(import.meta.url)("kafkajs/src/network.js")'],
    ["app/lane.ts", ' * not an import: from "pg"'],
    ["app/lane.ts", 'log.info("moved away from", "../postgres/pool.ts");'],
  ])("lets pass what is allowed: %s: %s", (path, line) => {
    expect(violationsOf({ path, text: `${line}\n` })).toEqual([]);
  });

  test.each<[path: string, lines: number, why: string[]]>([
    ["app/a.ts", 250, []],
    ["app/a.ts", 251, ["src/app/a.ts: longer than 250 lines"]],
    ["app/aLane.ts", 1, ["src/app/aLane.ts: the name is not kebab-case"]],
    ["app/helpers.ts", 1, ["src/app/helpers.ts: the name says nothing"]],
  ])("looks at name and length: %s of %d lines", (path, lines, why) => {
    expect(violationsOf({ path, text: "x;\n".repeat(lines) })).toEqual(why);
  });
});
