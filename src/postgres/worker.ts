import { type Queryable, run, runForRow, sql } from "./sql.ts";

const announce = sql(
  "worker.announce",
  // Every part sees the table as it was before: the worker itself is counted apart.
  `with me as (
     insert into worker (id, host, version, seen_at) values ($1, $2, $3, now())
     on conflict (id) do update set host = excluded.host, version = excluded.version, seen_at = excluded.seen_at
   ), dead as (
     delete from worker where id <> $1 and seen_at < now() - interval '1 hour'
   )
   select count(*) filter (where id < $1)::integer as rank, count(*)::integer + 1 as workers,
          (select config_revision from installation) as "configRevision"
   from worker where id <> $1 and seen_at > from_now(-$4::double precision)`,
);

/** @see LeaseStore.announceWorker */
export function announceWorker(
  db: Queryable,
  worker: { id: string; host: string; version: string; ttlMs: number },
): Promise<{ rank: number; workers: number; configRevision: string }> {
  return runForRow(db, announce, [worker.id, worker.host, worker.version, worker.ttlMs]);
}

const retire = sql("worker.retire", "delete from worker where id = $1");

/** @see LeaseStore.retireWorker */
export async function retireWorker(db: Queryable, id: string): Promise<void> {
  await run(db, retire, [id]);
}
