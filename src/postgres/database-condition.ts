import type { DatabaseCondition } from "../ports/store.ts";
import { type Queryable, runForRow, sql } from "./sql.ts";

const condition = sql(
  "database.condition",
  `with partition as (
     select pg_class.oid, substr(relname, length('journal_') + 1) as day
     from pg_inherits join pg_class on pg_class.oid = inhrelid where inhparent = 'journal'::regclass
   )
   select current_setting('server_version') as version,
          current_setting('server_version_num')::integer as "versionNumber",
          clock_timestamp() as now,
          (select sum(numbackends)::integer from pg_stat_database) as used,
          current_setting('max_connections')::integer
            - current_setting('superuser_reserved_connections')::integer as most,
          (select json_build_object('prefix', prefix, 'shardCount', shard_count, 'clusterId', cluster_id)
           from installation) as installation,
          to_char(now() at time zone 'UTC', 'YYYYMMDD') as today,
          array(select day from partition order by day) as days,
          (select coalesce(sum(pg_total_relation_size(oid)), 0)::double precision from partition) as bytes`,
);

type Row = Pick<DatabaseCondition, "version" | "versionNumber" | "installation"> &
  DatabaseCondition["connections"] &
  DatabaseCondition["journal"] & { now: Date };

/** @see InstallationStore.databaseCondition */
export async function databaseCondition(db: Queryable): Promise<DatabaseCondition> {
  const { now, used, most, today, days, bytes, ...same } = await runForRow<Row>(db, condition, []);
  return {
    ...same,
    now: now.toISOString(),
    connections: { used, most },
    journal: { today, days, bytes },
  };
}
