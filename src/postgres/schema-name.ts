import { ConfigError } from "../core/errors.ts";

/**
 * The name of Tidemark's schema: `tidemark` unless another one is asked for.
 * @throws ConfigError when it is not a plain lower-case name.
 */
export function schemaName(wanted = "tidemark"): string {
  if (/^[a-z_][a-z0-9_]{0,62}$/.test(wanted) && !wanted.startsWith("pg_")) return wanted;
  throw new ConfigError("TIDEMARK_CONFIG_INVALID", [
    `postgres.schema: "${wanted}" must be 1–63 lower-case letters, digits and underscores, not start with a digit or "pg_"`,
  ]);
}
