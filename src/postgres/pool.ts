import { Pool } from "pg";
import { ConfigError } from "../core/errors.ts";
import { schemaName } from "./schema-name.ts";

/** Where the database is and which schema of it is Tidemark's. */
export interface PostgresOptions {
  /** `postgres://user:password@host:port/database` */
  url: string;
  /** `tidemark` when left out. */
  schema?: string | undefined;
  /** Connections of this process at most; 10 when left out. */
  maxConnections?: number | undefined;
  /** How long a connection or a statement may take, when nobody can wait as long as workers do. */
  patienceMs?: number | undefined;
}

/** The server ends a statement after this long. */
const statementTimeoutMs = 30_000;

/**
 * The connections of one process. Timeouts are there so that no hung process or network can keep the row of a shard locked:
 * all statements are short.
 *
 * @throws ConfigError when the address or the schema's name cannot be used.
 */
export function createPool(options: PostgresOptions): Pool {
  const { patienceMs } = options;
  const pool = new Pool({
    connectionString: withSearchPath(options.url, schemaName(options.schema)),
    max: options.maxConnections ?? 10,
    application_name: "tidemark",
    connectionTimeoutMillis: patienceMs ?? 10_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    statement_timeout: patienceMs ?? statementTimeoutMs,
    lock_timeout: 10_000,
    idle_in_transaction_session_timeout: 10_000,
    // Ours comes last: it ends what the server's own timeouts cannot, a connection whose other side is gone.
    query_timeout: patienceMs ?? statementTimeoutMs + 5_000,
  });
  // An idle connection that breaks leaves the pool by itself; without a listener it would end the process.
  pool.on("error", () => {});
  return pool;
}

/** The address, asking for the schema at connection time; options that it carries already stay. */
function withSearchPath(url: string, schema: string): string {
  const address = URL.parse(url);
  if (address === null)
    throw new ConfigError("TIDEMARK_CONFIG_INVALID", [
      "postgres.url: not an address like postgres://host:5432/database",
    ]);
  const options = [address.searchParams.get("options"), `-c search_path=${schema}`];
  address.searchParams.set("options", options.filter((option) => option !== null).join(" "));
  return address.href;
}
