import type { Pool, PoolClient } from "pg";
import { run, runForRow, sql } from "./sql.ts";
import { withConnection } from "./transaction.ts";

const calendar = sql(
  "journal.calendar",
  // Days are UTC days, by the clock that stamps the rows.
  `select to_char(today - $2::integer, 'YYYYMMDD') as "oldestKept",
          array(select to_char(today + n, 'YYYYMMDD') from generate_series(0, $1::integer) as n) as wanted
   from (select (now() at time zone 'UTC')::date) as here (today)`,
);

const list = sql(
  "journal.partitions",
  `select substr(relname, length('journal_') + 1) as day, inhdetachpending as "isDetaching"
   from pg_inherits join pg_class on pg_class.oid = inhrelid
   where inhparent = 'journal'::regclass order by relname`,
);

const unpublished = sql(
  "journal.hasUnpublished",
  `select exists (
     select from shard join journal on journal.shard = shard.id and seq > published_seq
     where created_at >= $1::timestamptz and created_at < $1::timestamptz + interval '1 day'
   ) as "hasUnpublished"`,
);

interface Partition {
  /** YYYYMMDD */
  day: string;
  /** Somebody died while taking it out; it must be finished before it can be dropped. */
  isDetaching: boolean;
}

/** One process at a time; a lock of the session, because what is taken out concurrently cannot be inside a transaction. */
const lockKey = "hashtextextended('tidemark journal partitions of ' || current_schema(), 0)";

/** @see InstallationStore.maintainJournal */
export function maintainJournal(
  pool: Pool,
  options: { daysAhead: number; retentionDays: number },
): Promise<{ created: string[]; dropped: string[] }> {
  return withConnection(pool, async (db) => {
    await db.query(`select pg_advisory_lock(${lockKey})`);
    const days = await runForRow<{ oldestKept: string; wanted: string[] }>(db, calendar, [
      options.daysAhead,
      options.retentionDays,
    ]);
    const partitions = await run<Partition>(db, list, []);
    const created = days.wanted.filter((day) => partitions.every((partition) => partition.day !== day));
    for (const day of created) await create(db, day);
    const dropped: string[] = [];
    for (const partition of partitions.filter(({ day }) => day < days.oldestKept)) {
      if (await hasUnpublished(db, partition.day)) continue;
      await drop(db, partition);
      dropped.push(partition.day);
    }
    await db.query(`select pg_advisory_unlock(${lockKey})`);
    return { created: created.map(tableOf), dropped: dropped.map(tableOf) };
  });
}

/** Made beside the journal and then attached: that takes no lock that a commit would wait for. */
async function create(db: PoolClient, day: string): Promise<void> {
  const table = tableOf(day);
  await db.query("begin");
  await db.query(`create table ${table} (like journal including all)`);
  await db.query(
    `alter table journal attach partition ${table}
     for values from ('${day} 00:00:00+00') to (timestamptz '${day} 00:00:00+00' + interval '24 hours')`,
  );
  await db.query("commit");
}

async function hasUnpublished(db: PoolClient, day: string): Promise<boolean> {
  return (await runForRow<{ hasUnpublished: boolean }>(db, unpublished, [`${day} 00:00:00+00`]))
    .hasUnpublished;
}

async function drop(db: PoolClient, { day, isDetaching }: Partition): Promise<void> {
  const table = tableOf(day);
  await db.query(
    `alter table journal detach partition ${table} ${isDetaching ? "finalize" : "concurrently"}`,
  );
  await db.query(`drop table ${table}`);
}

function tableOf(day: string): string {
  return `journal_${day}`;
}
