import type { FailedPass, LeftSweep, PassCounts } from "../ports/store.ts";
import { isOwner, owner } from "./fence.ts";
import { newRevision } from "./fencing-numbers.ts";
import { type Queryable, runFenced, runForRow, sql, storable } from "./sql.ts";

const fail = sql(
  "pass.fail",
  // The revision moves, so that a commit of this pass whose outcome was lost cannot arrive afterwards.
  `with ${owner}, attempt as (
     update source set
       revision = ${newRevision},
       state = case when $5::boolean then 'halted' else state end,
       halted_code = case when $5::boolean then $6 else halted_code end,
       halted_reason = case when $5::boolean then $7 else halted_reason end,
       failures = failures + 1,
       last_error = $6 || ': ' || $7,
       last_attempt_at = now(),
       next_poll_at = case when $4 = 'poll' and every_ms is not null then from_now($8::double precision) else next_poll_at end,
       next_sweep_at = case when $4 = 'sweep' then from_now($8::double precision) else next_sweep_at end,
       next_look_back_at = case when $4 = 'look-back' and look_back_every_ms is not null
                                then from_now($8::double precision) else next_look_back_at end
     where id = $3::integer and shard = $1::integer
   ), abandoned as (
     update pass set
       ended_at = now(), outcome = 'failed', error_code = $6, error = $7,
       pages = $11::integer, observed = $12::integer, inserted = $13::integer, updated = $14::integer,
       deleted = $15::integer, unchanged = $16::integer, quarantined = $17::integer
     where $10::boolean and source_id = $3::integer and ended_at is null
     returning id
   ), discarded as (
     delete from sweep_seen using abandoned where pass_id = abandoned.id
   ), history as (
     insert into pass (source_id, kind, started_at, ended_at, outcome, error_code, error,
                       pages, observed, inserted, updated, deleted, unchanged, quarantined)
     select $3::integer, $4, from_now(-$9::double precision), now(), 'failed', $6, $7, $11, $12, $13, $14, $15, $16, $17
     where $4 in ('poll', 'look-back')
   )
   select ${isOwner}`,
);

/** @see PassStore.failPass */
export async function failPass(db: Queryable, failed: FailedPass): Promise<boolean> {
  const outcome = await runFenced(db, fail, [
    failed.shard,
    failed.term,
    failed.sourceId,
    failed.kind,
    failed.halt,
    failed.code,
    storable(failed.message),
    failed.retryInMs,
    failed.tookMs,
    failed.abandonSweep,
    ...countColumns(failed.counts),
  ]);
  return typeof outcome === "object";
}

const leave = sql(
  "pass.leaveSweep",
  `with ${owner}, attempt as (
     update source set sweep_not_offered = $4, last_attempt_at = now(), next_sweep_at = from_now($5::double precision), sweep_asked = false
     where id = $3::integer and shard = $1::integer
   ), closed as (
     update pass set
       ended_at = now(), outcome = 'not-offered', error = $4,
       pages = $6::integer, observed = $7::integer, inserted = $8::integer, updated = $9::integer,
       deleted = $10::integer, unchanged = $11::integer, quarantined = $12::integer
     where source_id = $3::integer and ended_at is null
     returning id
   ), discarded as (
     delete from sweep_seen using closed where pass_id = closed.id
   )
   select ${isOwner}`,
);

/** @see PassStore.leaveSweep */
export async function leaveSweep(db: Queryable, left: LeftSweep): Promise<boolean> {
  const { shard, term, sourceId, why, nextInMs, counts } = left;
  const values = [shard, term, sourceId, storable(why), nextInMs, ...countColumns(counts)];
  return typeof (await runFenced(db, leave, values)) === "object";
}

/** The counts of a pass in the order of its columns. */
export function countColumns(counts: PassCounts): number[] {
  const { pages, observed, inserted, updated, deleted, unchanged, quarantined } = counts;
  return [pages, observed, inserted, updated, deleted, unchanged, quarantined];
}

const prune = sql(
  "pass.prune",
  `with pruned as (
     delete from pass where ended_at < now() - make_interval(days => $1::integer) returning 1
   ) select count(*)::integer as pruned from pruned`,
);

/** @see PassStore.prunePasses */
export async function prunePasses(db: Queryable, olderThanDays: number): Promise<number> {
  return (await runForRow<{ pruned: number }>(db, prune, [olderThanDays])).pruned;
}
