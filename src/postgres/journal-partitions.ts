import type { Pool, PoolClient } from "pg";
import { type JournalDay, beyondRetention } from "../core/beyond-retention.ts";
import type { InstallationStore, JournalUpkeep } from "../ports/store.ts";
import { run, runForRow, sql } from "./sql.ts";
import { withConnection } from "./transaction.ts";

const calendar = sql(
  "journal.calendar",
  // Days are UTC days, by the clock that stamps the rows. Without a retention no day is too old.
  `select to_char(today, 'YYYYMMDD') as today, coalesce(to_char(today - $2::integer, 'YYYYMMDD'), '') as "oldestKept",
          array(select to_char(today + n, 'YYYYMMDD') from generate_series(0, $1::integer) as n) as wanted
   from (select (now() at time zone 'UTC')::date) as here (today)`,
);

interface Calendar {
  /** YYYYMMDD, all of them. */
  today: string;
  oldestKept: string;
  wanted: string[];
}

const list = sql(
  "journal.partitions",
  `select substr(relname, length('journal_') + 1) as day, inhdetachpending as "isDetaching",
          pg_total_relation_size(inhrelid)::double precision as bytes
   from pg_inherits join pg_class on pg_class.oid = inhrelid
   where inhparent = 'journal'::regclass order by relname`,
);

const needed = sql(
  "journal.isNeeded",
  `with day as (select $1::timestamptz as begins, $1::timestamptz + interval '24 hours' as ends)
   select exists (
     select from day, shard join journal on journal.shard = shard.id and seq > published_seq
     where created_at >= begins and created_at < ends
   ) as "isUnpublished", exists (
     select from day, replay_part as part join replay on replay.id = replay_id
     join journal on journal.shard = part.shard and seq between next_seq and end_seq
     where part.ended_at is null and replay.ended_at is null and created_at >= begins and created_at < ends
   ) as "isReplayed"`,
);

/** Within a lateral join with `shard`: the first event of the shard from which on none has left. */
export const earliestKept =
  "select seq, created_at from journal where journal.shard = shard.id and seq >= first_kept_seq order by seq limit 1";

const highest = sql(
  "journal.highestOfDay",
  `select id as shard, seq from shard cross join lateral (
     select max(seq) as seq from journal
     where journal.shard = shard.id and created_at >= $1::timestamptz and created_at < $1::timestamptz + interval '24 hours'
   ) as day where seq >= first_kept_seq`,
);

const leave = sql(
  "journal.leave",
  "update shard set first_kept_seq = greatest(first_kept_seq, $2::bigint + 1) where id = $1::integer",
);

interface Partition extends JournalDay {
  /** Somebody died while taking it out; it must be finished before it can be dropped. */
  isDetaching: boolean;
}

/** One process at a time; a lock of the session, because what is taken out concurrently cannot be inside a transaction. */
const lockKey = "hashtextextended('tidemark journal partitions of ' || current_schema(), 0)";

/** @see InstallationStore.maintainJournal */
export function maintainJournal(
  pool: Pool,
  { daysAhead, retentionDays, journalMaxBytes }: Parameters<InstallationStore["maintainJournal"]>[0],
): Promise<JournalUpkeep> {
  return withConnection(pool, async (db) => {
    await db.query(`select pg_advisory_lock(${lockKey})`);
    const days = await runForRow<Calendar>(db, calendar, [daysAhead, retentionDays ?? null]);
    const partitions = await run<Partition>(db, list, []);
    const created = days.wanted.filter((day) => partitions.every((partition) => partition.day !== day));
    for (const day of created) await create(db, day);
    const limits = { ...days, maxBytes: journalMaxBytes ?? null };
    const upkeep: JournalUpkeep = { created: created.map(tableOf), dropped: [], kept: null };
    for (const { day, because } of beyondRetention(partitions, limits)) {
      const partition = tableOf(day.day);
      const needs = await whyNeeded(db, day.day);
      if (needs !== null) {
        upkeep.kept = { partition, because: needs };
        break;
      }
      await tellLeaving(db, day.day);
      await drop(db, day);
      upkeep.dropped.push({ partition, because });
    }
    await db.query(`select pg_advisory_unlock(${lockKey})`);
    return upkeep;
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

async function whyNeeded(db: PoolClient, day: string): Promise<"unpublished" | "replayed" | null> {
  const { isUnpublished, isReplayed } = await runForRow<{ isUnpublished: boolean; isReplayed: boolean }>(
    db,
    needed,
    [`${day} 00:00:00+00`],
  );
  return isUnpublished ? "unpublished" : isReplayed ? "replayed" : null;
}

/** Before it leaves, so that nobody dies in between. One shard at a time: whoever renews several leases at once locks their rows in an order of its own. */
async function tellLeaving(db: PoolClient, day: string): Promise<void> {
  const leaving = await run<{ shard: number; seq: string }>(db, highest, [`${day} 00:00:00+00`]);
  for (const { shard, seq } of leaving) await run(db, leave, [shard, seq]);
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
