import { FatalError } from "../core/errors.ts";
import type { Installation } from "../ports/store.ts";
import { newRevision } from "./fencing-numbers.ts";
import { knownMigrations, refuseNewer } from "./migrations.ts";
import { type Queryable, run, runForRow, sql } from "./sql.ts";

const appliedMigrations = sql("installation.migrations", "select name from migration order by id");

/** @see InstallationStore.checkSchema */
export async function checkSchema(db: Queryable): Promise<void> {
  const applied = (await run<{ name: string }>(db, appliedMigrations, [])).map(({ name }) => name);
  const known = await knownMigrations();
  refuseNewer(applied, known);
  const missing = known.filter((name) => !applied.includes(name));
  if (missing.length === 0) return;
  throw new FatalError(
    "TIDEMARK_DATABASE_NOT_MIGRATED",
    `the database lacks these migrations: ${missing.join(", ")}`,
  );
}

const create = sql(
  "installation.create",
  `with made as (
     insert into installation (prefix, shard_count) values ($1, $2::integer) on conflict do nothing returning shard_count
   )
   insert into shard (id) select generate_series(0, shard_count - 1) from made`,
);

const read = sql(
  "installation.read",
  "select prefix, shard_count, journal_id, cluster_id, config_revision from installation",
);

interface Row {
  prefix: string;
  shard_count: number;
  journal_id: string;
  cluster_id: string | null;
  config_revision: string;
}

/** @see InstallationStore.ensureInstallation */
export async function ensureInstallation(
  db: Queryable,
  wanted: { prefix: string; shardCount: number },
): Promise<Installation> {
  await run(db, create, [wanted.prefix, wanted.shardCount]);
  const row = await runForRow<Row>(db, read, []);
  return {
    prefix: row.prefix,
    shardCount: row.shard_count,
    journalId: row.journal_id,
    clusterId: row.cluster_id,
    configRevision: row.config_revision,
  };
}

const pin = sql(
  "installation.pinCluster",
  "update installation set cluster_id = coalesce(cluster_id, $1) returning cluster_id",
);

/** @see InstallationStore.pinCluster */
export async function pinCluster(db: Queryable, clusterId: string): Promise<string> {
  return (await runForRow<{ cluster_id: string }>(db, pin, [clusterId])).cluster_id;
}

const bump = sql("installation.bump", `update installation set config_revision = ${newRevision}`);

/** Tells the owners of shards that configuration has changed. */
export async function bumpConfigRevision(db: Queryable): Promise<void> {
  await run(db, bump, []);
}

const lock = sql("installation.lock", "select 1 from installation for no key update");

/** Lets one `apply` at a time go on, until the end of its transaction. */
export async function lockInstallation(db: Queryable): Promise<void> {
  await run(db, lock, []);
}
