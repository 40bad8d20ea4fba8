import type { AskedReplay, ReplayEstimate, ReplayRefusal } from "../ports/store.ts";
import { newRevision } from "./fencing-numbers.ts";
import { earliestKept } from "./journal-partitions.ts";
import { type CountedRange, type ReplayRange, countReplay } from "./replay-count.ts";
import { type Queryable, run, runForRow, sql } from "./sql.ts";

type AskedOfJournal = Extract<AskedReplay, { kind: "journal" }>;

const settle = sql(
  "replay.settle",
  // $1 source, $2–$3 shard and number to begin with or else $4 the time, $5 until
  `with source_of as (
     select id, shard from source where name = $1::text
   ), reach as (
     -- all that was journalled since then is kept: the journal is dropped by the day, the oldest first
     select min(to_date(substr(relname, length('journal_') + 1), 'YYYYMMDD'))::timestamp at time zone 'UTC' as begins_at
     from pg_inherits join pg_class on pg_class.oid = inhrelid where inhparent = 'journal'::regclass and not inhdetachpending
   ), concerned as (
     select shard.id as shard, last_seq, coalesce(earliest.seq, last_seq + 1) as first_seq, earliest.created_at as first_at,
            -- what was left behind by a day that has left lacks what came next: after it, in whole milliseconds as people type them
            greatest(begins_at, (
              select date_trunc('milliseconds', max(created_at)) + interval '1 millisecond'
              from journal where journal.shard = shard.id and seq < first_kept_seq
            )) as whole_since
     from reach, shard left join lateral (
       ${earliestKept}
     ) as earliest on true
     where ($1::text is null or id = (select shard from source_of)) and ($2::integer is null or id = $2::integer)
   ), gone as (
     -- of several shards the one that reaches back least, or the next command would be refused, too
     select shard, case when $2::integer is null or first_at is not null then first_seq end as seq,
            case when $2::integer is null then whole_since else first_at end as at
     from concerned
     where first_seq > 1 and case when $2::integer is null then $4::timestamptz < whole_since else $3::bigint < first_seq end
     order by whole_since desc, shard limit 1
   ), range as (
     select shard,
            case when $2::integer is not null then $3::bigint else (
              select min(seq) from journal where journal.shard = concerned.shard
                and created_at >= $4::timestamptz and created_at < coalesce($5::timestamptz, 'infinity')
            ) end as next_seq,
            case when $5::timestamptz is null then last_seq else (
              select max(seq) from journal where journal.shard = concerned.shard
                and created_at >= coalesce($4::timestamptz, '-infinity') and created_at < $5::timestamptz
            ) end as end_seq
     from concerned
     where not exists (select from gone)
   )
   select
     case when $1::text is not null and not exists (select from source_of) then 'no-such-source'
          when not exists (select from concerned) then 'no-such-shard'
          when exists (select from gone) then 'gone' end as refusal,
     (select shard from gone) as "goneShard", (select seq from gone) as "earliestSeq", (select at from gone) as "earliestAt",
     (select id from source_of) as "sourceId",
     (select coalesce(json_agg(json_build_object('shard', shard, 'nextSeq', next_seq::text, 'endSeq', end_seq::text) order by shard), '[]')
      from range where next_seq <= end_seq) as ranges`,
);

const compacted = sql(
  "replay.compacted",
  "select name from topic where compacted and name = any ($1::text[]) order by name limit 1",
);

const start = sql(
  "replay.start",
  // What nothing is found for has no parts, and is done. Owners look for their parts when the revision of the configuration has changed.
  `with begun as (
     insert into replay (kind, source_id, account_id, ops, topic, pace, actor)
     select 'journal', $1::integer, $2::text, $3::text[], $4::text, $5::integer, $6::text
     where not exists (
       select from unnest($7::integer[], $8::bigint[]) as part (shard, next_seq) join shard on shard.id = part.shard
       where next_seq < first_kept_seq
     )
     returning id
   ), parts as (
     insert into replay_part (replay_id, shard, next_seq, end_seq, expected)
     select id, shard, next_seq, end_seq, expected
     from begun, unnest($7::integer[], $8::bigint[], $9::bigint[], $10::bigint[]) as part (shard, next_seq, end_seq, expected)
   ), noticed as (
     update installation set config_revision = ${newRevision} where exists (select from begun)
   )
   select id from begun`,
);

interface Settled {
  refusal: "no-such-source" | "no-such-shard" | "gone" | null;
  goneShard: number | null;
  earliestSeq: string | null;
  earliestAt: Date | null;
  sourceId: number | null;
  ranges: ReplayRange[];
}

/** What a replay would take: of each shard that has some of it, where. */
interface Planned {
  sourceId: number | null;
  found: CountedRange[];
  topics: string[];
}

/** @see ReplayStore.estimateReplay */
export async function estimateOfJournal(
  db: Queryable,
  asked: AskedOfJournal,
): Promise<ReplayEstimate | ReplayRefusal> {
  const planned = await plan(db, asked);
  if ("kind" in planned) return planned;
  const { found, topics } = planned;
  const times = found
    .flatMap((range) => range.times)
    .toSorted((one, other) => one.getTime() - other.getTime());
  return {
    events: found.reduce((sum, { events }) => sum + events, 0),
    firstAt: times[0]?.toISOString() ?? null,
    lastAt: times.at(-1)?.toISOString() ?? null,
    shards: found.map(({ shard }) => shard),
    topics,
  };
}

/** @see ReplayStore.startReplay */
export async function startOfJournal(
  db: Queryable,
  asked: AskedOfJournal,
): Promise<{ id: string } | ReplayRefusal> {
  const planned = await plan(db, asked);
  if ("kind" in planned) return planned;
  const { sourceId, found } = planned;
  const { accountId, ops, topic, pace, actor } = asked;
  const [begun] = await run<{ id: string }>(db, start, [
    sourceId,
    accountId,
    ops,
    topic,
    pace,
    actor,
    found.map(({ shard }) => shard),
    found.map(({ nextSeq }) => nextSeq),
    found.map(({ endSeq }) => endSeq),
    found.map(({ events }) => events),
  ]);
  // A day of it has left while it was counted: looked at anew, it is gone.
  return begun ?? startOfJournal(db, asked);
}

/** Settles the range first, so that counting it, which may take long, changes nothing about it. */
async function plan(db: Queryable, asked: AskedOfJournal): Promise<Planned | ReplayRefusal> {
  const { source, from, until, topic } = asked;
  const [shard, seq, since] = "since" in from ? [null, null, from.since] : [from.shard, from.seq, null];
  const settled = await runForRow<Settled>(db, settle, [source, shard, seq, since, until]);
  const refusal = refusalOf(settled);
  if (refusal !== null) return refusal;
  const { sourceId, ranges } = settled;
  const found: CountedRange[] = [];
  for (const range of ranges) {
    const counted = await countReplay(db, range, sourceId, asked);
    if (counted.events > 0) found.push(counted);
  }
  const own = found.flatMap(({ topics }) => topics);
  const topics = topic !== null && own.length > 0 ? [topic] : [...new Set(own)].toSorted();
  const [closed] = await run<{ name: string }>(db, compacted, [topics]);
  return closed === undefined ? { sourceId, found, topics } : { kind: "compacted", topic: closed.name };
}

function refusalOf({
  refusal: kind,
  goneShard,
  earliestSeq: seq,
  earliestAt: at,
}: Settled): ReplayRefusal | null {
  if (kind !== "gone") return kind === null ? null : { kind };
  const earliest = seq === null || at === null ? null : { seq, at: at.toISOString() };
  return { kind, shard: goneShard ?? 0, earliest };
}
