import { existsSync } from "node:fs";
import type { Config } from "../config-schema.ts";
import { loadConfig } from "../config.ts";
import { ConfigError } from "../core/errors.ts";
import type { JsonValue } from "../core/json.ts";

/** What most commands are given. */
export interface ConfigOption {
  config: string;
}

export interface OutputOption {
  output: string;
}

/**
 * The configuration that a command works with. Without the default file the environment alone may be enough.
 * @throws ConfigError with every fault
 */
export function configOf({ config }: ConfigOption, flags: Record<string, JsonValue> = {}): Config {
  const isMissingDefault = config === "tidemark.yaml" && !existsSync(config);
  return loadConfig(isMissingDefault ? undefined : config, flags, process.env);
}

/** @throws ConfigError unless it is one of the two */
export function isJson({ output }: OutputOption): boolean {
  if (output === "table" || output === "json") return output === "json";
  throw new ConfigError("TIDEMARK_USAGE", [`--output must be table or json, not ${output}`]);
}

/** @throws ConfigError unless it is a number in the range */
export function numberOption(
  name: string,
  text: string,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): number {
  const number = Number(text);
  if (text.trim() !== "" && Number.isFinite(number) && number >= least && number <= most) return number;
  const range = most === Number.MAX_SAFE_INTEGER ? `at least ${least}` : `from ${least} to ${most}`;
  throw new ConfigError("TIDEMARK_USAGE", [`${name} must be a number ${range}, not ${text}`]);
}
