import { runner } from "node-pg-migrate";
import { Client, escapeIdentifier } from "pg";
import { translated } from "./errors.ts";
import { knownMigrations, migrationsFolder, migrationsTable, refuseNewer } from "./migrations.ts";
import { schemaName } from "./schema-name.ts";

/**
 * Brings a database to this program's schema: all missing migrations in one transaction. Two at once are safe: the second waits.
 *
 * @param options.say  Told each migration that is applied, one line each.
 * @returns the names of the migrations that were applied.
 * @throws FatalError `TIDEMARK_DATABASE_NEWER`, `TIDEMARK_DATABASE_BUG`; RetryableError `TIDEMARK_DATABASE_UNAVAILABLE`; ConfigError for the schema's name.
 */
export async function migrate(
  url: string,
  options: { schema?: string | undefined; say?: ((line: string) => void) | undefined } = {},
): Promise<string[]> {
  const schema = schemaName(options.schema);
  const say = options.say ?? (() => {});
  const client = new Client({
    connectionString: url,
    application_name: "tidemark migrate",
    connectionTimeoutMillis: 10_000,
  });
  // A connection that breaks also fails the statement that is waiting; without a listener it would end the process.
  client.on("error", () => {});
  try {
    await client.connect();
    const before = await schemaBefore(client, schema);
    refuseNewer(before.applied, await knownMigrations());
    const applied = await runner({
      dbClient: client,
      dir: migrationsFolder,
      migrationsTable,
      schema,
      // Creating needs a right that a role may lack where somebody else has made the schema for it.
      createSchema: !before.exists,
      direction: "up",
      singleTransaction: true,
      advisoryLockMode: "wait",
      log: () => {},
    });
    for (const { name } of applied) say(`applied migration ${name}`);
    return applied.map(({ name }) => name);
  } catch (error) {
    throw translated(error, "migrate");
  } finally {
    await client.end();
  }
}

async function schemaBefore(client: Client, schema: string): Promise<{ exists: boolean; applied: string[] }> {
  const table = `${escapeIdentifier(schema)}.${escapeIdentifier(migrationsTable)}`;
  const found = await client.query<{ exists: boolean; migrated: boolean }>(
    "select to_regnamespace($1) is not null as exists, to_regclass($2) is not null as migrated",
    [escapeIdentifier(schema), table],
  );
  const { exists = false, migrated = false } = found.rows[0] ?? {};
  if (!migrated) return { exists, applied: [] };
  const { rows } = await client.query<{ name: string }>(`select name from ${table}`);
  return { exists, applied: rows.map(({ name }) => name) };
}
