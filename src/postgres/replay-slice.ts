import type { ReplaySlice, SliceOutcome } from "../ports/store.ts";
import { type Queryable, runFenced, sql } from "./sql.ts";

/**
 * Copies rows to the end of the journal. Rows before the last number never change, so they are read before the shard's row is locked; that the
 * part still stands at the number that was asked for is checked by the update that advances it, and what is wrong then undoes everything.
 *
 * Parameters: $1 shard, $2 term, $3 replay, $4 the number it stands at, $5 how many numbers, $6 how many events, $7 how many bytes, $8 the nonce.
 */
const slice = sql(
  "replay.slice",
  `with part as (
     select source_id, account_id, ops, topic, least(end_seq, $4::bigint + $5::integer - 1) as upto, end_seq
     from replay_part join replay on replay.id = replay_id
     where replay_id = $3::bigint and replay_part.shard = $1::integer and next_seq = $4::bigint
       and replay_part.ended_at is null and state = 'running'
   ), wanted as (
     select journal.*, coalesce(part.topic, journal.topic) as target, row_number() over numbers as position,
            sum(octet_length(value)) over numbers - octet_length(value) as bytes_before
     from journal, part
     where shard = $1::integer and seq >= $4::bigint and seq <= (select upto from part) and replay_id is null
       and (part.source_id is null or journal.source_id = part.source_id)
       and (part.account_id is null or journal.account_id = part.account_id)
       and (part.ops is null or op = any (part.ops))
     window numbers as (order by seq)
     order by seq limit $6::integer
   ), taken as materialized (
     select * from wanted where bytes_before < $7::bigint
   ), compacted as (
     select name from topic where compacted and name in (select target from taken) order by name limit 1
   ), verdict as materialized (
     select
       -- retention takes the oldest first
       not exists (select from journal where shard = $1::integer and seq = $4::bigint) as is_gone,
       (select name from compacted) as compacted,
       count(taken.seq)::integer as events,
       case when count(taken.seq) < (select count(*) from wanted) or count(taken.seq) = $6::integer
            then max(taken.seq) else max(upto) end + 1 as next_seq,
       max(end_seq) as end_seq
     from part left join taken on true
   ), step as (
     select events, next_seq, next_seq > end_seq as has_ended from verdict where not is_gone and compacted is null
   ), owner as (
     update shard set last_seq = last_seq + coalesce((select events from step), 0)
     where id = $1::integer and term = $2::bigint
     returning last_seq
   ), advanced as (
     update replay_part set
       next_seq = step.next_seq, done = done + events, ended_at = case when has_ended then now() end
     from step
     where replay_id = $3::bigint and shard = $1::integer and replay_part.next_seq = $4::bigint and ended_at is null
     returning 1
   ), entry as (
     insert into journal (shard, seq, source_id, account_id, version, op, topic, key, value, hash, observed_at, batch_nonce, replay_id, origin_seq)
     select shard, last_seq - events + position, source_id, account_id, version, op, target, key, value, hash, observed_at, $8::bigint,
            $3::bigint, seq
     from taken, owner, step
   )
   select
     require(exists (select 1 from owner), 'TM001'),
     require(exists (select 1 from part), 'TM002'),
     require(exists (select 1 from advanced) or not exists (select 1 from step), 'TM002'),
     is_gone as "isGone", compacted, events, next_seq as "nextSeq", (select last_seq from owner) as "lastSeq",
     next_seq > end_seq as "hasEnded"
   from verdict`,
);

interface Row {
  isGone: boolean;
  compacted: string | null;
  events: number;
  nextSeq: string;
  lastSeq: string;
  hasEnded: boolean;
}

/** @see ReplayStore.replaySlice */
export async function replaySlice(db: Queryable, asked: ReplaySlice): Promise<SliceOutcome> {
  const outcome = await runFenced<Row>(db, slice, [
    asked.shard,
    asked.term,
    asked.replay,
    asked.nextSeq,
    asked.limit,
    asked.maxEvents,
    asked.maxBytes,
    asked.nonce,
  ]);
  if (typeof outcome === "string") return { kind: outcome };
  const { isGone, compacted, events, lastSeq, nextSeq, hasEnded } = outcome;
  if (isGone) return { kind: "gone" };
  if (compacted !== null) return { kind: "compacted", topic: compacted };
  return { kind: "replayed", events, lastSeq, nextSeq, hasEnded };
}
