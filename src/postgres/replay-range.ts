import type { AskedReplay, ReplayEstimate, ReplayRefusal } from "../ports/store.ts";
import { newRevision } from "./fencing-numbers.ts";
import { type Queryable, runForRow, sql } from "./sql.ts";

type AskedOfJournal = Extract<AskedReplay, { kind: "journal" }>;

/**
 * Settles what a replay would take of the journal. Parameters: $1 source, $2–$3 shard and number to begin with or else $4 the time, $5 until,
 * $6 account, $7 ops, $8 the topic it goes to.
 */
const settled = `
   with source_of as (
     select id, shard from source where name = $1::text
   ), reach as (
     -- all that was journalled since then is kept: the journal is dropped by the day, the oldest first
     select min(to_date(substr(relname, length('journal_') + 1), 'YYYYMMDD'))::timestamp at time zone 'UTC' as begins_at
     from pg_inherits join pg_class on pg_class.oid = inhrelid where inhparent = 'journal'::regclass
   ), concerned as (
     select shard.id as shard, last_seq, earliest.seq as first_seq, earliest.created_at as first_at
     from shard left join lateral (
       select seq, created_at from journal where journal.shard = shard.id order by seq limit 1
     ) as earliest on true
     where ($1::text is null or id = (select shard from source_of)) and ($2::integer is null or id = $2::integer)
   ), gone as (
     select shard, coalesce(first_seq, case when $2::integer is null then last_seq + 1 end) as seq,
            case when $2::integer is null then begins_at else first_at end as at
     from concerned, reach
     where last_seq > 0 and first_seq is distinct from 1
       and case when $2::integer is null then $4::timestamptz < begins_at else $3::bigint < coalesce(first_seq, last_seq + 1) end
     order by shard limit 1
   ), range as materialized (
     -- once per shard, and not once per row that is compared with it
     select shard,
            case when $2::integer is not null then $3::bigint else
              (select min(seq) from journal where journal.shard = concerned.shard and created_at >= $4::timestamptz) end as next_seq,
            case when $5::timestamptz is null then last_seq else
              (select max(seq) from journal where journal.shard = concerned.shard and created_at < $5::timestamptz) end as end_seq
     from concerned
   ), found as materialized (
     select shard, next_seq, end_seq, journal.topic, count(*) as events, min(created_at) as first_at, max(created_at) as last_at
     from range join journal using (shard)
     where seq between next_seq and end_seq and replay_id is null
       and ($1::text is null or source_id = (select id from source_of))
       and ($6::text is null or account_id = $6::text) and ($7::text[] is null or op = any ($7::text[]))
     group by shard, next_seq, end_seq, journal.topic
   ), compacted as (
     select name from topic
     where compacted and exists (select from found where coalesce($8::text, found.topic) = name) order by name limit 1
   ), refused as (
     select case when $1::text is not null and not exists (select from source_of) then 'no-such-source'
                 when not exists (select from concerned) then 'no-such-shard'
                 when exists (select from gone) then 'gone'
                 when exists (select from compacted) then 'compacted' end as refusal
   )`;

/** What is selected of it in every case. */
const refusal = `
     refusal, (select shard from gone) as "goneShard", (select seq from gone) as "earliestSeq", (select at from gone) as "earliestAt",
     (select name from compacted) as "compactedTopic"`;

const estimate = sql(
  "replay.estimate",
  `${settled}
   select ${refusal},
     (select coalesce(sum(events), 0)::double precision from found) as events,
     (select min(first_at) from found) as "firstAt", (select max(last_at) from found) as "lastAt",
     array(select distinct shard from found order by shard) as shards,
     array(select distinct coalesce($8::text, topic) as topic from found order by topic) as topics
   from refused`,
);

const start = sql(
  "replay.start",
  // What nothing is found for has no parts, and is done. Owners look for their parts when the revision of the configuration has changed.
  `${settled}, begun as (
     insert into replay (kind, source_id, account_id, ops, topic, pace, actor)
     select 'journal', (select id from source_of), $6::text, $7::text[], $8::text, $9::integer, $10::text
     from refused where refusal is null
     returning id
   ), parts as (
     insert into replay_part (replay_id, shard, next_seq, end_seq, expected)
     select id, shard, next_seq, end_seq, sum(events) from begun, found group by id, shard, next_seq, end_seq
   ), noticed as (
     update installation set config_revision = ${newRevision} where exists (select from begun)
   )
   select ${refusal}, (select id from begun) as id from refused`,
);

interface Refused {
  refusal: ReplayRefusal["kind"] | null;
  goneShard: number | null;
  earliestSeq: string | null;
  earliestAt: Date | null;
  compactedTopic: string | null;
}

interface Estimated extends Refused, Omit<ReplayEstimate, "firstAt" | "lastAt"> {
  firstAt: Date | null;
  lastAt: Date | null;
}

/** @see ReplayStore.estimateReplay */
export async function estimateOfJournal(
  db: Queryable,
  asked: AskedOfJournal,
): Promise<ReplayEstimate | ReplayRefusal> {
  const row = await runForRow<Estimated>(db, estimate, selection(asked));
  const { events, firstAt, lastAt, shards, topics } = row;
  const times = { firstAt: firstAt?.toISOString() ?? null, lastAt: lastAt?.toISOString() ?? null };
  return refusalOf(row) ?? { events, ...times, shards, topics };
}

/** @see ReplayStore.startReplay */
export async function startOfJournal(
  db: Queryable,
  asked: AskedOfJournal,
): Promise<{ id: string } | ReplayRefusal> {
  const row = await runForRow<Refused & { id: string }>(db, start, [
    ...selection(asked),
    asked.pace,
    asked.actor,
  ]);
  return refusalOf(row) ?? { id: row.id };
}

function selection({ source, from, until, accountId, ops, topic }: AskedOfJournal): unknown[] {
  const [shard, seq, since] = "since" in from ? [null, null, from.since] : [from.shard, from.seq, null];
  return [source, shard, seq, since, until, accountId, ops, topic];
}

function refusalOf(row: Refused): ReplayRefusal | null {
  const { refusal: kind, earliestSeq: seq, earliestAt: at } = row;
  if (kind === null) return null;
  if (kind === "compacted") return { kind, topic: row.compactedTopic ?? "" };
  if (kind !== "gone") return { kind };
  const earliest = seq === null || at === null ? null : { seq, at: at.toISOString() };
  return { kind, shard: row.goneShard ?? 0, earliest };
}
