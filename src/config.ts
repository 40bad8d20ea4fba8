import { readFileSync } from "node:fs";
import { YAMLException, loadAll } from "js-yaml";
import { type Config, configSchema } from "./config-schema.ts";
import { connectors } from "./connectors/registry.ts";
import { ConfigError } from "./core/errors.ts";
import { faultsOf, nearestName } from "./core/faults.ts";
import { type JsonObject, type JsonValue, isJsonObject } from "./core/json.ts";
import { partitionOf } from "./core/murmur2.ts";
import type { Connector } from "./ports/connector.ts";
import type { Retention, SourceConfig } from "./ports/store.ts";
import { resolveReferences } from "./secrets.ts";

/** Settings that the environment may give; it wins over the file. */
const environment: Record<string, { path: [string, ...string[]]; read: (text: string) => JsonValue }> = {
  TIDEMARK_PREFIX: { path: ["prefix"], read: (text) => text },
  TIDEMARK_POSTGRES_URL: { path: ["postgres", "url"], read: (text) => text },
  TIDEMARK_POSTGRES_SCHEMA: { path: ["postgres", "schema"], read: (text) => text },
  TIDEMARK_KAFKA_BROKERS: {
    path: ["kafka", "brokers"],
    read: (text) => text.split(",").map((broker) => broker.trim()),
  },
  TIDEMARK_HTTP_HOST: { path: ["http", "host"], read: (text) => text },
  TIDEMARK_HTTP_PORT: { path: ["http", "port"], read: Number },
};

const unpolled = "this source has no polls, every pass is a sweep; the time between two of them is `every`";

/** Passes for a text and for an address: stands for a secret that only the workers can read. */
const standIn = "https://secret.invalid";

/**
 * Reads and checks the configuration: flags win over the environment, the environment over the file, the file over defaults.
 * @param path The YAML file, or undefined for none.
 * @param flags Settings given on the command line, by dotted path.
 * @throws ConfigError `TIDEMARK_CONFIG_INVALID` with every fault at once
 */
export function loadConfig(
  path: string | undefined,
  flags: Record<string, JsonValue>,
  env: NodeJS.ProcessEnv,
): Config {
  const given = path === undefined ? {} : readYaml(path);
  for (const [name, { path: at, read }] of Object.entries(environment)) {
    const text = env[name];
    if (text !== undefined && text !== "") place(given, at, read(text));
  }
  for (const [at, value] of Object.entries(flags)) place(given, at.split("."), value);

  // Settings of sources stay unresolved: they are stored, and a stored secret would be a leak.
  const { sources, ...own } = given;
  const resolved = resolveReferences(own, env);
  // Empty sections, so that what is missing in them is named.
  const input = {
    postgres: {},
    kafka: {},
    ...(resolved.value as JsonObject),
    ...(sources === undefined ? {} : { sources }),
  };
  const result = configSchema.safeParse(input);
  const isUnread = (fault: string) => resolved.faults.some((unread) => pathOf(unread) === pathOf(fault));
  const faults = [
    ...resolved.faults,
    ...(result.success ? [] : faultsOf(result.error, input, configSchema))
      .filter((fault) => !isUnread(fault))
      .map(withEnvironment),
    ...settingsFaults(sources, env),
  ];
  if (!result.success || faults.length > 0) throw new ConfigError("TIDEMARK_CONFIG_INVALID", faults);
  return result.data;
}

/** What the configuration says about the installation as a whole. */
export function wantedInstallation(config: Config) {
  return {
    prefix: config.prefix,
    shardCount: config.shards,
    sourcesFor: (shardCount: number) => sourceConfigs(config, shardCount),
  };
}

/** How much history is kept. */
export function retentionOf({ journal, checkpoints }: Config): Retention {
  const { keepAll, keepHourly, keepDaily } = checkpoints;
  return {
    retentionDays: Math.ceil(journal.retention / 86_400_000),
    journalMaxBytes: journal.maxSize,
    checkpoints: { allMs: keepAll, hourlyMs: keepHourly, dailyMs: keepDaily },
  };
}

/** What goes into the database for each source of a configuration. */
export function sourceConfigs(config: Config, shardCount: number): SourceConfig[] {
  return Object.entries(config.sources).map(([name, source]) => {
    const connector = connectors.get(source.connector);
    if (connector === undefined)
      throw new ConfigError("TIDEMARK_CONFIG_INVALID", [`sources.${name}.connector is unknown`]);
    const { defaults } = connector;
    return {
      name,
      group: source.group ?? null,
      connector: source.connector,
      settings: source.settings,
      topic: source.topic ?? `${config.prefix}.${source.connector}.accounts`,
      compacted: source.compacted,
      ...intervalsOf(source, connector),
      windows: windowsOf(source),
      budget:
        source.budget === undefined
          ? defaults.budget
          : { requests: source.budget.requests, perMs: source.budget.per },
      deleteLimit: source.deleteLimit ?? null,
      insertLimit: source.insertLimit ?? null,
      drift: source.drift,
      rejectLimit: source.rejectLimit ?? null,
      privacy: source.privacy ?? null,
      shard: partitionOf(source.group ?? name, shardCount),
    };
  });
}

/** Without polls every pass is a sweep, and `every` is the time between them. */
function intervalsOf(
  { every, sweepEvery, lookBack, settings }: Config["sources"][string],
  { canPoll, defaults, lookBack: pace }: Connector,
): Pick<SourceConfig, "everyMs" | "sweepEveryMs" | "lookBack"> {
  const everyMs = every ?? defaults.everyMs;
  if (!canPoll(resolveReferences(settings, {}, standIn).value))
    return { everyMs: null, sweepEveryMs: everyMs, lookBack: null };
  const sweepEveryMs = sweepEvery ?? defaults.sweepEveryMs ?? everyMs;
  if (lookBack === "off" || pace === null) return { everyMs, sweepEveryMs, lookBack: null };
  const { every: lookEveryMs = pace.everyMs, window: windowMs = pace.windowMs } = lookBack ?? {};
  return { everyMs, sweepEveryMs, lookBack: { everyMs: lookEveryMs, windowMs } };
}

function windowsOf({
  timeZone = "UTC",
  windows: passes = [],
  sweepWindows: sweeps = [],
}: Config["sources"][string]): SourceConfig["windows"] {
  return passes.length + sweeps.length === 0 ? null : { timeZone, passes, sweeps };
}

/** Every fault begins with the path of what it is about. */
function pathOf(fault: string): string {
  return /^[^\s:]*/.exec(fault)?.[0] ?? "";
}

/** What is missing may be given in the environment, too. */
function withEnvironment(fault: string): string {
  const name = Object.entries(environment).find(
    ([, { path }]) => fault === `${path.join(".")} is missing`,
  )?.[0];
  return name === undefined ? fault : `${fault}: it belongs into the file, or into ${name}`;
}

/** What connectors say about the settings of their sources, whatever else is wrong with them. */
function settingsFaults(sources: JsonValue | undefined, env: NodeJS.ProcessEnv): string[] {
  if (!isJsonObject(sources)) return [];
  return Object.entries(sources).flatMap(([name, source]) => {
    if (!isJsonObject(source)) return [];
    const { connector: kind, settings = {} } = source;
    if (typeof kind !== "string" || !isJsonObject(settings)) return [];
    const at = `sources.${name}`;
    const connector = connectors.get(kind);
    if (connector === undefined) {
      const known = [...connectors.keys()];
      const near = nearestName(kind, known);
      return [
        `${at}.connector: there is no connector ${kind}; ${near === null ? `known are ${known.join(", ")}` : `did you mean ${near}?`}`,
      ];
    }
    const { value, faults } = resolveReferences(settings, env, standIn);
    let misplaced: string[] = [];
    try {
      const checked = connector.checkSettings(value);
      const isPolled = connector.canPoll(checked);
      misplaced = ["sweepEvery", "lookBack"].filter((setting) => !isPolled && source[setting] !== undefined);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      faults.push(...error.faults);
    }
    return [
      ...misplaced.map((setting) => `${at}.${setting}: ${unpolled}`),
      ...faults.map((fault) => `${at}.settings.${fault}`),
    ];
  });
}

function readYaml(path: string): JsonObject {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new ConfigError("TIDEMARK_CONFIG_INVALID", [`the configuration file ${path} cannot be read`], {
      cause,
    });
  }
  try {
    const [first, ...others] = loadAll(text) as JsonValue[];
    if (others.length > 0) {
      throw new ConfigError("TIDEMARK_CONFIG_INVALID", [
        `${path} must hold one document, without a line ---`,
      ]);
    }
    const parsed = first ?? {};
    if (isJsonObject(parsed)) return parsed;
    throw new ConfigError("TIDEMARK_CONFIG_INVALID", [
      `${path} must hold a mapping (name: value), not ${Array.isArray(parsed) ? "a list" : "a single value"}`,
    ]);
  } catch (cause) {
    if (!(cause instanceof YAMLException)) throw cause;
    const { reason, mark } = cause;
    const where = mark === undefined ? "" : ` at line ${mark.line + 1}, column ${mark.column + 1}`;
    throw new ConfigError("TIDEMARK_CONFIG_INVALID", [`${path} is not YAML: ${reason}${where}`], { cause });
  }
}

function place(into: JsonObject, [member, ...rest]: string[], value: JsonValue): void {
  if (member === undefined) return;
  const [next] = rest;
  if (next === undefined) {
    into[member] = value;
    return;
  }
  const inner = into[member];
  const object: JsonObject = isJsonObject(inner) ? inner : {};
  into[member] = object;
  place(object, rest, value);
}
