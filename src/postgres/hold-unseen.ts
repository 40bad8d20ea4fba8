import type { ForgottenUnseen, HoldAbsent, HoldStore } from "../ports/store.ts";
import { isOwner, isStep, ownerAndStep } from "./fence.ts";
import { type Queryable, runFenced, sql } from "./sql.ts";

/** Term, revision, and a sweep whose staging is whole: with less in it than it has seen, accounts would pass for unseen. Parameters: $1–$6. */
const fence = `${ownerAndStep}, sweep as (
     select observed from pass
     where id = $6::bigint and source_id = $3::integer and ended_at is null
       and seen = (select count(*) from sweep_seen where pass_id = $6::bigint)
   )`;

const fenceHolds = `${isOwner},
     ${isStep},
     require(exists (select 1 from sweep), 'TM002')`;

const absent = sql(
  "hold.absent",
  `with ${fence}, opened as (
     insert into hold (source_id, reason, detail) values ($3::integer, $7, $8) returning id
   ), held as (
     insert into held_change (source_id, account_id, hold_id)
     select $3::integer, account_id, opened.id
     from opened, account
     where source_id = $3::integer and deleted_at is null
       and not exists (select from sweep_seen where pass_id = $6::bigint and sweep_seen.account_id = account.account_id)
     on conflict (source_id, account_id) do update set
       hold_id = excluded.hold_id, document = null, hash = null, upstream_time = null
     where held_change.document is not null
     returning 1
   )
   select
     ${fenceHolds},
     (select count(*)::integer from held) as held`,
);

/** @see HoldStore.holdAbsent */
export async function holdAbsent(
  db: Queryable,
  { shard, term, sourceId, revision, nextRevision, passId, reason, detail }: HoldAbsent,
): ReturnType<HoldStore["holdAbsent"]> {
  const values = [shard, term, sourceId, revision, nextRevision, passId, reason, detail];
  const outcome = await runFenced<{ held: number }>(db, absent, values);
  return typeof outcome === "string" ? { kind: outcome } : { kind: "held", held: outcome.held };
}

const unseen = sql(
  "hold.unseen",
  `with ${fence}, forgotten as (
     delete from held_change
     where source_id = $3::integer and document is not null and exists (select from sweep where observed > 0)
       and not exists (select from sweep_seen where pass_id = $6::bigint and sweep_seen.account_id = held_change.account_id)
       and not exists (
         select from account
         where source_id = $3::integer and account.account_id = held_change.account_id and deleted_at is null
       )
     returning 1
   )
   select
     ${fenceHolds},
     (select count(*)::integer from forgotten) as forgotten`,
);

/** @see HoldStore.forgetUnseen */
export async function forgetUnseen(
  db: Queryable,
  { shard, term, sourceId, revision, nextRevision, passId }: ForgottenUnseen,
): ReturnType<HoldStore["forgetUnseen"]> {
  const values = [shard, term, sourceId, revision, nextRevision, passId];
  const outcome = await runFenced<{ forgotten: number }>(db, unseen, values);
  return typeof outcome === "string"
    ? { kind: outcome }
    : { kind: "forgotten", forgotten: outcome.forgotten };
}
